use super::*;
use proptest::prelude::*;

fn fails(text: &str) -> TemplateError {
    Template::parse(text).unwrap_err()
}

#[test]
fn the_built_in_layout_can_be_kept_as_it_is() {
    let template = Template::parse(DEFAULT_TEMPLATE).unwrap();
    assert_eq!(template, *Template::built_in());
}

#[test]
fn an_unknown_name_is_found_when_it_is_saved_with_its_line() {
    let error = fails("{{ message }}\n\n{{ servis.name }}");
    assert_eq!(error.line, Some(3));
    assert!(error.text(Language::Ru).starts_with("Такого имени здесь нет"), "{error:?}");
    assert_eq!(fails("{% for r in resources %}{{ r.nmae }}{% endfor %}").line, Some(1));
    assert_eq!(fails("{% if case.kind == 'order' %}\n{{ x }}{% endif %}").line, Some(2));
    assert!(fails("a\n{% if message %}\nb").line.is_some());
    assert_eq!(fails("{{ message | shout }}").line, Some(1));
}

#[test]
fn names_of_the_source_s_own_are_open() {
    Template::parse("{{ payload.Deal.Manager[0].Name }}{{ participant.fields['Повод'] }}").unwrap();
    Template::parse("{% for x in payload.list %}{{ x.y }}{% endfor %}").unwrap();
    Template::parse("{{ payload.a|default('нет')|upper }}").unwrap();
}

#[test]
fn nothing_grows_without_bound() {
    let long = "ж".repeat(TEMPLATE_BYTES_MAX);
    assert!(fails(&long).text(Language::En).contains("longer"));
    let loops = "{% for a in resources %}".repeat(8) + &"{% endfor %}".repeat(8);
    assert!(Template::parse(&loops).is_ok(), "two to the eighth empty steps are few");
    let loops = "{% for a in resources %}".repeat(30) + &"{% endfor %}".repeat(30);
    let error = fails(&loops);
    assert!(error.text(Language::En).contains("too much"), "{error:?}");
    // Longer words each time, in one expression.
    let grow = format!("{{{{ message{} }}}}", "|replace('а', 'аааааааааа')".repeat(30));
    assert!(fails(&grow.replace("message", "'а'")).text(Language::En).contains("too long"));
    let long = "ж".repeat(2_000);
    let many =
        format!("{}{long}{}", "{% for a in resources %}".repeat(6), "{% endfor %}".repeat(6));
    assert!(fails(&many).text(Language::En).contains("longer"));
}

#[test]
fn no_template_reaches_another_or_the_machine() {
    for bad in [
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{{ range(9) }}",
        "{{ namespace() }}",
        "{{ debug() }}",
        "{{ message.upper() }}",
        "{% set a = 1 %}",
        "{{ lipsum }}",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn every_name_is_documented_and_every_documented_name_is_there() {
    let contexts = notice::trials();
    let known: Vec<String> = contexts[0].try_iter().unwrap().map(|name| name.to_string()).collect();
    for name in &known {
        let is_it = |variable: &&Variable| variable.name.trim_end_matches("[]") == name;
        assert!(VARIABLES.iter().any(|variable| is_it(&variable)), "{name} is not documented");
    }
    for variable in VARIABLES {
        let name = variable.name.trim_end_matches("[]");
        let members = variable.meaning[1].split_once(": ").filter(|(_, rest)| rest.contains(", "));
        let members = members.map(|(_, rest)| rest).filter(|_| name != "language");
        let words = members.unwrap_or_default().replace("(order, booking, meeting)", "");
        let words = words.split(", ").map(str::trim).filter(|word| !word.is_empty());
        let uses: Vec<_> = match variable.name.strip_suffix("[]") {
            Some(list) => words
                .map(|word| format!("{{% for x in {list} %}}{{{{ x.{word} }}}}{{% endfor %}}"))
                .collect(),
            None if members.is_none() => vec![format!("{{{{ {name} }}}}")],
            None => words.map(|word| format!("{{{{ {name}.{word} }}}}")).collect(),
        };
        assert!(!uses.is_empty());
        for text in uses {
            assert!(Template::parse(&text).is_ok(), "{text}: {:?}", Template::parse(&text));
        }
    }
}

proptest! {
    #[test]
    fn no_template_panics(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("{{ "), Just(" }}"), Just("{% if "), Just(" %}"), Just("{% endif %}"),
                Just("{% for x in "), Just("{% endfor %}"), Just("{% else %}"), Just("{#"),
                Just("#}"), Just("message"), Just("resources"), Just("payload.a"), Just("x"),
                Just("|upper"), Just("|join(', ')"), Just("**"), Just("\n"), Just("'"),
                Just("("), Just("["), Just("-"), Just(" is defined"), Just("ж\u{1F511}"),
            ],
            0..24,
        ),
        noise in any::<String>(),
    ) {
        let _ = Template::parse(&pieces.concat());
        let _ = Template::parse(&format!("{}{noise}", pieces.concat()));
    }
}

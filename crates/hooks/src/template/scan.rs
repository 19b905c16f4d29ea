//! A look at a template before the engine sees it: which statements it uses, and which of its
//! lines may vanish.
//!
//! The engine knows more statements than owners are given. Those that keep values (`set`, `with`,
//! filters over blocks) could double a text again and again within the bound of steps, so the
//! list of statements is closed here, a loop goes over a value as it is, and an expression picks a
//! value rather than making a larger one: no sums, repeats and lists made on the spot.

use super::TemplateError;

/// Stands at the end of a line that has tags: if nothing else comes out of it, it vanishes.
pub(super) const LINE_MARK: char = '\u{fdd1}';

/// Where the scan is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Words,
    /// Inside of `{{ }}`, `{% %}` or `{# #}`, with its end.
    Tag {
        end: &'static str,
        start: usize,
        line: usize,
    },
}

/// The template with marks at its lines.
pub(super) fn prepare(text: &str) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut place = Place::Words;
    let mut has_tags = false;
    let mut quote = None;
    let mut line = 1;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        let mut taken = c.len_utf8();
        match place {
            Place::Words => {
                if let Some(end) = opening(rest) {
                    (place, taken) = (Place::Tag { end, start: at, line }, 2);
                    has_tags = true;
                }
            }
            Place::Tag { end, start, line } => {
                if quote == Some(c) {
                    quote = None;
                } else if quote.is_some() && c == '\\' {
                    taken += rest[taken..].chars().next().map_or(0, char::len_utf8);
                } else if quote.is_none() && matches!(c, '"' | '\'') && end != "#}" {
                    quote = Some(c);
                } else if quote.is_none() && rest.starts_with(end) {
                    match end {
                        "%}" => statement(&text[start + 2..at], line)?,
                        "}}" => expression(bare(&text[start + 2..at]), line)?,
                        _ => {}
                    }
                    (place, taken) = (Place::Words, 2);
                }
            }
        }
        if c == '\n' {
            line += 1;
            if place == Place::Words {
                mark(&mut out, &mut has_tags);
            }
        }
        out.extend(rest[..taken].chars().filter(|c| *c != LINE_MARK));
        rest = &rest[taken..];
    }
    if let Place::Tag { line, .. } = place {
        return Err(TemplateError::new(
            Some(line),
            "Скобка открыта, но не закрыта.",
            "A tag is opened, but not closed.",
        ));
    }
    mark(&mut out, &mut has_tags);
    Ok(out)
}

fn mark(out: &mut String, has_tags: &mut bool) {
    if std::mem::take(has_tags) {
        out.push(LINE_MARK);
    }
}

fn opening(rest: &str) -> Option<&'static str> {
    [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
        .into_iter()
        .find_map(|(open, end)| rest.starts_with(open).then_some(end))
}

/// What stands in a tag, without the signs for white space.
fn bare(inside: &str) -> &str {
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    inside.strip_suffix(['-', '+']).unwrap_or(inside).trim()
}

/// Whether an expression only picks.
fn expression(text: &str, line: usize) -> Result<(), TemplateError> {
    // For each open bracket: whether a comma may stand in it (a filter's values).
    let mut brackets = Vec::new();
    let mut quote = None;
    let mut before = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            match c {
                '\\' => drop(chars.next()),
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        let may_stand = match c {
            '"' | '\'' => {
                quote = Some(c);
                true
            }
            '+' | '*' | '~' | '/' | '%' | '{' | '}' => false,
            '(' => {
                brackets.push(is_name(&before));
                true
            }
            '[' => {
                brackets.push(false);
                is_name(&before) || before.ends_with([']', ')'])
            }
            ')' | ']' => brackets.pop().is_some(),
            ',' => brackets.last() == Some(&true),
            _ => true,
        };
        if !may_stand {
            return Err(TemplateError::new(
                Some(line),
                format!("Знаку «{c}» здесь не место: в скобках только имена, фильтры и сравнения."),
                format!("\"{c}\" can't stand here: tags hold names, filters and comparisons only."),
            ));
        }
        match c {
            // The word before a bracket, or the bracket itself.
            c if c.is_whitespace() && is_name(&before) => before.push(' '),
            c if c.is_whitespace() => {}
            c if c.is_alphanumeric() || c == '_' => {
                if before.ends_with(' ') || !is_name(&before) {
                    before.clear();
                }
                before.push(c);
            }
            c => before = c.to_string(),
        }
    }
    Ok(())
}

/// Whether it is a name, and not one of the words between expressions.
fn is_name(before: &str) -> bool {
    let word = before.trim_end();
    !matches!(word, "not" | "and" | "or" | "in" | "is" | "if" | "else")
        && word.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Whether a statement is one of those that owners are given.
fn statement(inside: &str, line: usize) -> Result<(), TemplateError> {
    let inside = bare(inside);
    let (word, rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    match word {
        "if" | "elif" => expression(rest, line),
        "else" | "endif" | "endfor" => Ok(()),
        "for" if is_plain_loop(rest) => Ok(()),
        "for" => Err(TemplateError::new(
            Some(line),
            "Цикл пишется так: {% for имя in список %}.",
            "A loop is written like this: {% for name in list %}.",
        )),
        _ => Err(TemplateError::new(
            Some(line),
            format!("Здесь есть только if и for, а не «{}».", shown(word)),
            format!("There are only if and for here, not \"{}\".", shown(word)),
        )),
    }
}

/// `name in path.to.list`, or two names.
fn is_plain_loop(rest: &str) -> bool {
    let Some((names, list)) = rest.split_once(" in ") else { return false };
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ',' | ' ');
    let list = list.trim();
    // A list made on the spot, `[x, x]`, could be longer than what it is made of.
    !list.is_empty()
        && !list.starts_with('[')
        && list.chars().all(is_path)
        && names.chars().all(is_name)
}

fn shown(word: &str) -> String {
    word.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> String {
        prepare(text).unwrap().replace(LINE_MARK, "¦")
    }

    #[test]
    fn lines_with_tags_are_marked() {
        assert_eq!(lines("a\n\n{{ b }}\nc"), "a\n\n{{ b }}¦\nc");
        assert_eq!(lines("{% if a %}x{% endif %}"), "{% if a %}x{% endif %}¦");
        assert_eq!(lines("{{ a\n }}\nb"), "{{ a\n }}¦\nb");
        assert_eq!(lines("{{ '}}\n' }}"), "{{ '}}\n' }}¦");
        assert_eq!(lines("{# it's\n #}"), "{# it's\n #}¦");
        assert_eq!(lines("{{ 'it\\'s }}' }}\n"), "{{ 'it\\'s }}' }}¦\n");
    }

    #[test]
    fn expressions_only_pick() {
        for fine in [
            "{{ a.b['c'][0] | default('x, (y) + z') }}",
            "{% if not (a and b) or c|length > 3 %}",
            "{{ a|replace('x', \"y\") }}",
            "{{- a -}}",
            "{% if a is defined and a in b.c %}",
            "{% if a == 'it\\'s' %}",
        ] {
            assert!(prepare(fine).is_ok(), "{fine}: {:?}", prepare(fine));
        }
        for bad in [
            "{{ a ~ b }}",
            "{{ 'a' * 9 }}",
            "{{ a + b }}",
            "{{ [a, a] }}",
            "{{ (a, a) }}",
            "{{ a, a }}",
            "{{ {'a': b} }}",
            "{% if not (a, b) %}",
            "{% if a in [a, b] %}",
            "{{ '%s' % a }}",
            "{{ a[1, 2] }}",
            "{{ a) }}",
        ] {
            assert!(prepare(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn statements_are_a_closed_list() {
        for fine in ["{%- if a -%}{% elif b %}{% else %}{% endif %}", "{% for a, b in c.d %}"] {
            assert!(prepare(fine).is_ok(), "{fine}");
        }
        for bad in [
            "{% set x = 1 %}",
            "{% with a = b %}",
            "{% filter upper %}",
            "{% include 'x' %}",
            "{% raw %}",
            "{% for x in [x ~ x] %}",
            "{% for x in a ~ b %}",
            "{% for x in range(9) %}",
            "{% for x in a recursive %}",
            "{%if(a)%}",
            "{{ a",
            "{% if 'a %}",
        ] {
            assert!(prepare(bad).is_err(), "{bad}");
        }
        assert_eq!(prepare("a\n\n{% set x %}").unwrap_err().line, Some(3));
    }
}

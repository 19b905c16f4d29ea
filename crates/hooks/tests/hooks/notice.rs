//! What a customer reads.

use crate::golden;
use serde_json::{Value, json};
use vestnik_hooks::{
    event::Event,
    layout::{Layout, Locale},
    notice,
    source::{self, Mapping},
    template::{DEFAULT_TEMPLATE, Template},
};

const MESSAGE: &str = "Вы записаны на услугу";

fn sample() -> Value {
    serde_json::from_str(source::find("torrow").unwrap().sample()).unwrap()
}

/// The sample with all that it leaves empty.
fn rich() -> Value {
    let mut body = sample();
    body["CaseItem"]["Place"] = json!("Москва, ул. Примерная, 5, кабинет 12");
    body["CaseItem"]["Description"] = json!("Первый визит.\nВозьмите полис.");
    body["CaseItem"]["BookingResourceList"][0]["Amount"] = json!(2);
    body["CaseParticipants"]["Comment"] = json!("Буду с ребёнком");
    body["Resources"] = json!([body["Resources"], {
        "Id": "7e02", "ItemInfo": {"Name": "Снимок"}, "Description": ""
    }]);
    body
}

fn event(body: &Value) -> Event {
    let source = source::find("torrow").unwrap();
    source.translate(&Mapping::default(), body.to_string().as_bytes()).unwrap()
}

fn text(body: &Value, layout: &Layout, message: &str) -> String {
    let event = event(body);
    let marked = notice::write(&event, event.participants.first(), layout, message, None).unwrap();
    assert!(!marked.text.contains("\n\n\n"), "no doubled blank lines: {}", marked.text);
    assert_eq!(marked.text.trim(), marked.text);
    marked.with_marks("*", "*")
}

fn english() -> Layout {
    Layout { locale: Locale::EnUs, zone_name: "MSK".to_owned(), ..Layout::default() }
}

#[test]
fn the_sample_in_both_languages() {
    golden::check("sample.ru", &text(&sample(), &Layout::default(), MESSAGE));
    golden::check("sample.en", &text(&sample(), &english(), "Your booking is confirmed"));
    golden::check("rich.ru", &text(&rich(), &Layout::default(), MESSAGE));
    golden::check("rich.en", &text(&rich(), &english(), "Your booking is confirmed"));
}

#[test]
fn every_parameter_does_its_own() {
    let plain = Layout::default;
    let own = |text: &str| Some(text.to_owned());
    let cases = [
        ("resource_name", Layout { resource_name: own("Мастера"), ..plain() }),
        ("detail_section_name", Layout { detail_section_name: own("Что вас ждёт"), ..plain() }),
        ("case_type_name", Layout { case_type_name: own("бронь столика"), ..plain() }),
        ("hide_detail_section", Layout { hide_detail_section: true, ..plain() }),
        ("hide_resource_description", Layout { hide_resource_description: true, ..plain() }),
        ("hide_order_duration", Layout { hide_order_duration: true, ..plain() }),
        ("hide_address", Layout { hide_address: true, ..plain() }),
        ("hide_service_name", Layout { hide_service_name: true, ..plain() }),
        ("hide_order_description", Layout { hide_order_description: true, ..plain() }),
        ("hide_url", Layout { hide_url: true, ..plain() }),
        ("hide_contact_info", Layout { hide_contact_info: false, ..plain() }),
        ("date_locales", english()),
        (
            "timezone",
            Layout {
                zone: jiff::tz::TimeZone::get("Asia/Yekaterinburg").unwrap(),
                zone_name: String::new(),
                ..plain()
            },
        ),
        ("timezone_name", Layout { zone_name: "по Москве".to_owned(), ..plain() }),
        (
            "sign_text",
            Layout {
                sign_text: "\n 🗝 Вопросы: ☎ +7 911 999-99-99.".to_owned(), ..plain()
            },
        ),
    ];
    let usual = text(&rich(), &plain(), MESSAGE);
    for (name, layout) in cases {
        let written = text(&rich(), &layout, MESSAGE);
        assert_ne!(written, usual, "{name} changes something");
        golden::check(&format!("parameter.{name}"), &written);
    }
}

#[test]
fn three_kinds_of_case() {
    let mut order = rich();
    order["CaseItem"]["StartDate"] = json!("0001-01-01T00:00:00");
    order["CaseItem"]["EndDate"] = json!("0001-01-01T00:00:00");
    let mut meeting = rich();
    meeting["CaseItem"]["GroupId"] = json!("ab12");
    meeting["CaseItem"]["ItemInfo"]["Name"] = json!("Йога для начинающих");
    for (name, body) in [("order", order), ("meeting", meeting)] {
        golden::check(&format!("{name}.ru"), &text(&body, &Layout::default(), MESSAGE));
        golden::check(&format!("{name}.en"), &text(&body, &english(), ""));
    }
}

#[test]
fn little_leaves_no_trace() {
    let minimal: Value =
        serde_json::from_str(include_str!("../../fixtures/minimal-event.json")).unwrap();
    golden::check("minimal.ru", &text(&minimal, &Layout::default(), MESSAGE));
    let bare = json!({"CaseItem": {"Id": "1"}});
    assert_eq!(text(&bare, &Layout::default(), ""), "*Ваш заказ*");
    assert_eq!(text(&bare, &Layout::default(), "\n Привет \n"), "Привет\n\n*Ваш заказ*");
    let mut nobody = minimal;
    nobody["CaseParticipants"] = json!(null);
    let shown = Layout { hide_contact_info: false, ..Layout::default() };
    assert_eq!(text(&nobody, &shown, "x"), text(&nobody, &Layout::default(), "x"));
}

#[test]
fn the_largest_event_is_written() {
    let mut body = rich();
    let resource = json!({"Id": "1", "ItemInfo": {"Name": "Услуга"}, "Description": "…"});
    body["Resources"] = json!(vec![resource; 200]);
    let field = json!({"ParticipationFieldType": 101, "Name": "Поле", "Value": "x"});
    body["CaseParticipants"]["ContactInformation"]["Fields"] = json!(vec![field; 200]);
    let shown = Layout { hide_contact_info: false, ..Layout::default() };
    let written = text(&body, &shown, MESSAGE);
    assert_eq!(written.matches("• Услуга").count(), 100, "lists are bounded");
    assert_eq!(written.matches("Поле: x").count(), 100);
    // What could not be sent in any number of bubbles is an error, not a flood.
    let long = json!({"Id": "1", "ItemInfo": {"Name": "x"}, "Description": "ж".repeat(4_000)});
    body["Resources"] = json!(vec![long; 100]);
    let event = event(&body);
    assert!(notice::write(&event, None, &shown, MESSAGE, None).is_err());
}

#[test]
fn what_people_enter_makes_no_marks() {
    let mut body = rich();
    body["Service"]["ItemInfo"]["Name"] = json!("**Акция** {{ message }} {% if %}");
    let written = text(&body, &Layout::default(), "5*5");
    assert!(written.contains("\n**Акция** {{ message }} {% if %}\n"), "{written}");
    assert!(written.starts_with("5*5\n\n*Ваша запись"), "{written}");
}

#[test]
fn the_built_in_layout_is_the_template_that_is_given_to_edit() {
    let event = event(&rich());
    let template = Template::parse(DEFAULT_TEMPLATE).unwrap();
    let layout = Layout::default();
    let participant = event.participants.first();
    let one = notice::write(&event, participant, &layout, MESSAGE, None).unwrap();
    let other = notice::write(&event, participant, &layout, MESSAGE, Some(&template)).unwrap();
    assert_eq!(one, other);
}

#[test]
fn an_own_template_reads_what_it_names() {
    let template = Template::parse(
        "{{ message }}, {{ participant.name }}!\n\
         {{ short_date }} в **{{ time }}–{{ end_time }}**, {{ service.name|upper }}\n\
         {% if participant.fields['Повод'] %}Повод: {{ participant.fields['Повод'] }}{% endif %}\n\
         {% if participant.fields['Возраст'] %}Возраст: {{ participant.fields['Возраст'] }}\
         {% endif %}\n\
         Заявка {{ payload.CaseItem.OrderNumber.SequenceNumber }}{{ payload.Nothing.Here }}\n",
    )
    .unwrap();
    let event = event(&rich());
    let participant = event.participants.first();
    let written =
        notice::write(&event, participant, &Layout::default(), "Ждём вас", Some(&template))
            .unwrap();
    assert_eq!(
        written.with_marks("<", ">"),
        "Ждём вас, Тестова Анна!\n11.02.2030 в <10:30–11:15>, ПЕРВИЧНЫЙ ПРИЁМ\nПовод: Осмотр\n\
         Заявка 4521"
    );
}

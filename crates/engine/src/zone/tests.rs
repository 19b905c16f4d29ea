use proptest::prelude::*;

use super::{
    Decision, NamedZone, NumberingPlan, PlanErrorKind, WarningKind, ZoneBy, ZoneRule, decide,
    prefix::{single_offset_zone, zone_names},
    prefix_table::{LIST_STARTS, LIST_ZONES, LISTS, PREFIXES, ZONES},
    region::{RegionZone, SUBJECTS, region_zone},
};

/// 2026-01-15 and 2026-07-15, noon UTC.
const WINTER_MS: i64 = 1_768_478_400_000;
const SUMMER_MS: i64 = 1_784_116_800_000;

const SAMPLE: &str = "\u{feff}АВС/ DEF;От;До;Емкость;Оператор;Регион;ИНН\r\n\
    914;0650000;0739999;90000;ПАО \"\"МТС\"\";Приморский край;7740000076\r\n\
    \r\n\
    914;1000000;1099999;100000;ПАО \"МТС\";Республика Саха /Якутия/;1\r\n\
    \"916\";\"0000000\";\"9999999\";10;\"АО \"\"А; Б\"\"\";\"г. Москва * Московская область\";1\r\n\
    900;0000000;0000009;10;X;Российская Федерация;1\r\n\
    900;0000010;0000019;10;X;г. Москва * Приморский край;1\r\n\
    900;0000020;0000029;10;X;Российская Федерация;1\r\n";

fn iana(name: &str) -> ZoneRule {
    ZoneRule::Iana(NamedZone::parse(name).unwrap())
}

fn sample() -> NumberingPlan {
    NumberingPlan::parse(SAMPLE.as_bytes()).unwrap().plan
}

#[track_caller]
fn check_decision(phone: u64, contact: Option<&str>, zone: &ZoneRule, rule: ZoneBy) {
    let plan = sample();
    for now_ms in [WINTER_MS, SUMMER_MS] {
        let decision = decide(phone, &plan, contact, ZoneRule::UTC_PLUS_3, now_ms);
        assert_eq!(decision, Decision { zone: zone.clone(), rule });
    }
}

#[test]
fn numbering_plan_goes_before_everything() {
    check_decision(79140650000, Some("+05:00"), &iana("Asia/Vladivostok"), ZoneBy::NumberingPlan);
    check_decision(79140739999, None, &iana("Asia/Vladivostok"), ZoneBy::NumberingPlan);
    check_decision(79141000000, None, &iana("Asia/Yakutsk"), ZoneBy::NumberingPlan);
    check_decision(79161234567, None, &iana("Europe/Moscow"), ZoneBy::NumberingPlan);
}

#[test]
fn prefix_decides_when_its_zones_agree() {
    check_decision(73431234567, Some("+09:00"), &iana("Asia/Yekaterinburg"), ZoneBy::Prefix);
    check_decision(74012123456, None, &iana("Europe/Kaliningrad"), ZoneBy::Prefix);
    check_decision(78452123456, None, &iana("Europe/Saratov"), ZoneBy::Prefix);
    check_decision(77011234567, None, &iana("Asia/Almaty"), ZoneBy::Prefix);
    check_decision(12025550123, None, &iana("America/New_York"), ZoneBy::Prefix);
    check_decision(16025550123, None, &iana("America/Phoenix"), ZoneBy::Prefix);
    check_decision(4930123456, None, &iana("Europe/Berlin"), ZoneBy::Prefix);
    check_decision(4915112345678, None, &iana("Europe/Berlin"), ZoneBy::Prefix);
}

#[test]
fn contact_and_default_follow_a_silent_prefix() {
    check_decision(79991234567, None, &ZoneRule::UTC_PLUS_3, ZoneBy::Default);
    check_decision(79140740000, None, &ZoneRule::UTC_PLUS_3, ZoneBy::Default);
    check_decision(79991234567, Some("Asia/Omsk"), &iana("Asia/Omsk"), ZoneBy::Contact);
    check_decision(79991234567, Some("+07:00"), &ZoneRule::Fixed(25_200), ZoneBy::Contact);
    check_decision(79991234567, Some("nowhere"), &ZoneRule::UTC_PLUS_3, ZoneBy::Default);
    check_decision(0, None, &ZoneRule::UTC_PLUS_3, ZoneBy::Default);
    check_decision(u64::MAX, None, &ZoneRule::UTC_PLUS_3, ZoneBy::Default);
}

#[test]
fn agreement_is_that_of_the_moment() {
    assert_eq!(
        zone_names(12082999999).collect::<Vec<_>>(),
        ["America/Boise", "America/Los_Angeles"]
    );
    assert!(single_offset_zone(12082999999, WINTER_MS).is_none());
    // Zones with daylight saving and without may agree for half of the year.
    let parted: Vec<u32> = PREFIXES
        .into_iter()
        .filter(|prefix| {
            let zone = |now_ms| single_offset_zone(u64::from(*prefix), now_ms).is_some();
            zone(WINTER_MS) != zone(SUMMER_MS)
        })
        .collect();
    assert!(!parted.is_empty(), "no prefix shows that the moment matters");
}

#[test]
fn longest_prefix_wins() {
    assert_eq!(zone_names(12082010000).collect::<Vec<_>>(), ["America/Denver"]);
    assert_eq!(zone_names(73412123456).collect::<Vec<_>>(), ["Europe/Samara"]);
    assert_eq!(zone_names(73422123456).collect::<Vec<_>>(), ["Asia/Yekaterinburg"]);
    assert!(zone_names(7).count() > 10);
    assert_eq!(zone_names(999_123_456_789).count(), 0);
}

#[test]
fn prefix_table_is_well_formed() {
    assert!(PREFIXES.is_sorted_by(|a, b| a < b));
    assert!(LIST_STARTS.is_sorted_by(|a, b| a < b), "no list is empty");
    assert_eq!(usize::from(LIST_STARTS[LIST_STARTS.len() - 1]), LIST_ZONES.len());
    assert!(LISTS.iter().all(|list| usize::from(*list) + 1 < LIST_STARTS.len()));
    assert!(LIST_ZONES.iter().all(|zone| usize::from(*zone) < ZONES.len()));
    for name in ZONES {
        NamedZone::parse(name).unwrap_or_else(|_| panic!("{name} is not in the database"));
    }
}

/// The subjects as the constitution lists them.
const NAMES: &str = include_str!("../../tests/data/subjects.txt");

#[test]
fn every_subject_has_a_zone() {
    let mut count = 0;
    let mut used = std::collections::BTreeSet::new();
    for line in NAMES.lines() {
        let (name, zone) = line.split_once(';').unwrap();
        assert_eq!(region_zone(name), RegionZone::One(zone), "{name}");
        NamedZone::parse(zone).unwrap_or_else(|_| panic!("{zone} is not in the database"));
        used.insert(zone);
        count += 1;
    }
    assert_eq!(count, SUBJECTS.len());
    assert_eq!(used, SUBJECTS.iter().map(|subject| subject.zone).collect());
}

#[test]
fn regions_are_read_as_the_plan_writes_them() {
    for (text, zone) in [
        ("г. Москва", "Europe/Moscow"),
        ("город Москва и Московская область", "Europe/Moscow"),
        ("г. Санкт-Петербург * Ленинградская область", "Europe/Moscow"),
        ("Республика Саха /Якутия/", "Asia/Yakutsk"),
        ("Красноярский край * Таймырский (Долгано-Ненецкий) АО", "Asia/Krasnoyarsk"),
        ("САМАРСКАЯ ОБЛ.", "Europe/Samara"),
        ("г.о. КОРОЛЁВ|Московская обл.", "Europe/Moscow"),
        ("Респ. Удмуртская", "Europe/Samara"),
        ("Ханты - Мансийский - Югра АО", "Asia/Yekaterinburg"),
        ("Ямало-Ненецкий АО", "Asia/Yekaterinburg"),
        ("Ненецкий АО", "Europe/Moscow"),
        ("Коми-Пермяцкий АО", "Asia/Yekaterinburg"),
        ("Республика Коми", "Europe/Moscow"),
        ("Чувашская Республика - Чувашия", "Europe/Moscow"),
        ("Кемеровская область - Кузбасс область", "Asia/Novokuznetsk"),
        ("р-н Кировский|обл. Ленинградская", "Europe/Moscow"),
        ("г.о. Тольятти|Самарская обл.", "Europe/Samara"),
        ("м.р-н Красноярский|Астраханская область", "Europe/Astrakhan"),
        ("Усть-Ордынский Бурятский АО", "Asia/Irkutsk"),
        ("Еврейская АО", "Asia/Vladivostok"),
    ] {
        assert_eq!(region_zone(text), RegionZone::One(zone), "{text}");
    }
    assert_eq!(region_zone("Российская Федерация"), RegionZone::Unknown);
    assert_eq!(region_zone(""), RegionZone::Unknown);
    assert_eq!(region_zone("Омская область * Томская область"), RegionZone::Several);
}

#[test]
fn unplaced_regions_are_warned_of_once() {
    let imported = NumberingPlan::parse(SAMPLE.as_bytes()).unwrap();
    assert_eq!(imported.rows, 6);
    assert_eq!(imported.plan.ranges(), 3);
    let warnings: Vec<_> =
        imported.warnings.iter().map(|w| (w.region.as_str(), w.line, w.rows, w.kind)).collect();
    assert_eq!(
        warnings,
        [
            ("Российская Федерация", 6, 2, WarningKind::Unknown),
            ("г. Москва * Приморский край", 7, 1, WarningKind::Several),
        ]
    );
}

#[test]
fn malformed_files_are_refused_with_the_line() {
    let cases: [(&[u8], usize, PlanErrorKind); 10] = [
        (b"", 1, PlanErrorKind::NoHeading),
        ("Код;От;До".as_bytes(), 1, PlanErrorKind::NoColumn("АВС/ DEF")),
        ("DEF;От;До".as_bytes(), 1, PlanErrorKind::NoColumn("Регион")),
        (b"a\nb\n\xc0\xe2\xf1", 3, PlanErrorKind::Encoding),
        ("DEF;От;До;Регион\n900;1;2".as_bytes(), 2, PlanErrorKind::Short),
        ("DEF;От;До;Регион\n\n90;1;2;Коми".as_bytes(), 3, PlanErrorKind::Code),
        ("DEF;От;До;Регион\n900;-1;2;Коми".as_bytes(), 2, PlanErrorKind::Number),
        ("DEF;От;До;Регион\n900;1;12345678;Коми".as_bytes(), 2, PlanErrorKind::Number),
        ("DEF;От;До;Регион\n900;3;2;Коми".as_bytes(), 2, PlanErrorKind::Range),
        ("DEF;От;До;Регион\n900;3;\"2;Коми".as_bytes(), 2, PlanErrorKind::Quote),
    ];
    for (file, line, kind) in cases {
        let error = NumberingPlan::parse(file).unwrap_err();
        assert_eq!((error.line, error.kind), (line, kind));
        assert!(error.to_string().starts_with(&format!("line {line}: ")));
    }
}

#[test]
fn overlaps_neighbours_and_files_merge() {
    let parse = |rows: &str| {
        let file = format!("DEF;От;До;Регион\n{rows}");
        NumberingPlan::parse(file.as_bytes()).unwrap().plan
    };
    let touching = parse("900;0;4;Коми\n900;5;9;г. Москва");
    assert_eq!(touching.ranges(), 1);
    let overlap = parse("900;5;20;Омская область\n900;0;9;г. Москва");
    assert_eq!(overlap.find(79000000009).unwrap().name(), "Europe/Moscow");
    assert_eq!(overlap.find(79000000010).unwrap().name(), "Asia/Omsk");
    let merged = sample().merge(&parse("343;0;9999999;Свердловская область"));
    assert_eq!(merged.ranges(), 4);
    assert_eq!(merged.find(73430000000).unwrap().name(), "Asia/Yekaterinburg");
    assert_eq!(merged.find(79140650000), sample().find(79140650000));
}

#[test]
fn zone_rules_have_one_text() {
    for text in ["+03:00", "-03:30", "+00:00", "+05:45", "-00:00:25", "Europe/Berlin"] {
        let rule = ZoneRule::parse(text).unwrap();
        assert_eq!(rule.to_string(), text);
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<ZoneRule>(&json).unwrap(), rule);
    }
    for text in ["", "+3", "+03:60", "+19:00", "+3:00", "Europe/Atlantis", "../etc/passwd"] {
        assert!(ZoneRule::parse(text).is_err(), "{text}");
    }
    assert_eq!(serde_json::to_string(&ZoneBy::NumberingPlan).unwrap(), "\"numbering_plan\"");
}

proptest! {
    #[test]
    fn plans_survive_their_bytes(rows in proptest::collection::vec(
        (900_u64..999, 0_u64..9_999_999, 0_u64..9_999_999, 0..SUBJECTS.len()), 0..40)) {
        let mut file = String::from("Регион;До;От;DEF\n");
        for (code, a, b, subject) in rows {
            let region = SUBJECTS[subject].words.split('|').next().unwrap();
            file += &format!("{region};{};{};{code}\n", a.max(b), a.min(b));
        }
        let plan = NumberingPlan::parse(file.as_bytes()).unwrap().plan;
        prop_assert_eq!(NumberingPlan::from_bytes(&plan.to_bytes()), Ok(plan));
    }

    #[test]
    fn decoding_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = NumberingPlan::from_bytes(&bytes);
        let _ = NumberingPlan::parse(&bytes);
        let _ = ZoneRule::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_plans_never_panic(place in 0_usize..200, byte in any::<u8>(), cut in 0_usize..200) {
        let mut bytes = sample().to_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len());
        if let Ok(plan) = NumberingPlan::from_bytes(&bytes) {
            let _ = plan.find(79140650000);
        }
    }

    #[test]
    fn csv_text_never_panics(text in "(DEF;От;До;Регион\n)?([0-9;\"\r\nа-я]|Коми|900;){0,60}") {
        let _ = NumberingPlan::parse(text.as_bytes());
    }

    #[test]
    fn every_number_gets_a_zone(phone in any::<u64>(), now_ms in any::<i64>()) {
        let zone = ZoneRule::UTC_PLUS_3;
        let _ = decide(phone, &sample(), Some("Europe/Berlin"), zone, now_ms);
    }
}

//! The subjects of the Russian Federation and the zones of their capitals.
//!
//! The numbering plan writes regions in many ways: "г. Москва", "Московская обл.",
//! "Республика Саха /Якутия/", "р-н Кировский|обл. Ленинградская". We look for words that no two
//! subjects share, whatever their order and company.

use std::collections::BTreeSet;

/// A subject: its words, alternatives separated by `|`, and its zone.
pub(super) struct Subject {
    /// In small letters, ё as е; all words of one alternative must be present.
    pub words: &'static str,
    /// The zone of the capital.
    pub zone: &'static str,
}

/// What a region's text says about its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegionZone {
    /// All subjects that it names keep this zone.
    One(&'static str),
    /// It names subjects of different zones.
    Several,
    /// It names no subject.
    Unknown,
}

/// The zone of the subjects that a region's text names.
pub(super) fn region_zone(text: &str) -> RegionZone {
    let text = text.to_lowercase().replace('ё', "е");
    let mut found = RegionZone::Unknown;
    for part in text.split(['*', '|', ',', ';']) {
        let list: Vec<&str> =
            part.split(|letter: char| !letter.is_alphabetic()).filter(|w| !w.is_empty()).collect();
        if is_district(&list) {
            continue;
        }
        let mut words: BTreeSet<&str> = list.into_iter().collect();
        for subject in FORMER.iter().chain(&SUBJECTS) {
            if !take_subject(&mut words, subject) {
                continue;
            }
            match found {
                RegionZone::Unknown => found = RegionZone::One(subject.zone),
                RegionZone::One(zone) if zone == subject.zone => {}
                RegionZone::One(_) | RegionZone::Several => return RegionZone::Several,
            }
        }
    }
    found
}

/// Whether a part names a district or a town district: "Кировский р-н" lies in other regions.
fn is_district(words: &[&str]) -> bool {
    let is_named = words.iter().any(|word| {
        matches!(
            *word,
            "район"
                | "городской"
                | "муниципальный"
                | "поселение"
                | "поселок"
                | "пгт"
        )
    });
    is_named || words.windows(2).any(|two| matches!(two, ["р", "н"] | ["г" | "м", "о"]))
}

/// Takes the subject's words away, so that "ненецкий" is not found in what was "ямало-ненецкий".
fn take_subject(words: &mut BTreeSet<&str>, subject: &Subject) -> bool {
    let mut is_found = false;
    for alternative in subject.words.split('|') {
        if alternative.split(' ').all(|word| words.contains(word)) {
            is_found = true;
            words.retain(|word| alternative.split(' ').all(|taken| taken != *word));
        }
    }
    is_found
}

const fn at(words: &'static str, zone: &'static str) -> Subject {
    Subject { words, zone }
}

const MOSCOW: &str = "Europe/Moscow";
const SAMARA: &str = "Europe/Samara";
const YEKATERINBURG: &str = "Asia/Yekaterinburg";
const KRASNOYARSK: &str = "Asia/Krasnoyarsk";
const IRKUTSK: &str = "Asia/Irkutsk";
const VLADIVOSTOK: &str = "Asia/Vladivostok";

/// Regions that were merged into others and still appear in the plan, and Baikonur. They come
/// before the subjects whose words they share.
static FORMER: [Subject; 9] = [
    at("долгано ненецкий|таймырский", KRASNOYARSK),
    at("эвенкийский", KRASNOYARSK),
    at("корякский", "Asia/Kamchatka"),
    at("камчатская", "Asia/Kamchatka"),
    at("коми пермяцкий|пермская", YEKATERINBURG),
    at("агинский бурятский", "Asia/Chita"),
    at("усть ордынский бурятский", IRKUTSK),
    at("читинская", "Asia/Chita"),
    at("байконур", "Asia/Qyzylorda"),
];

/// The 89 subjects: republics, krais, oblasts, cities, autonomous ones.
#[rustfmt::skip]
pub(super) static SUBJECTS: [Subject; 89] = [
    at("адыгея", MOSCOW),
    // Both the republic and the krai, whose adjective follows below.
    at("алтай", "Asia/Barnaul"),
    at("башкортостан|башкирия", YEKATERINBURG),
    at("бурятия", IRKUTSK),
    at("дагестан", MOSCOW),
    at("донецкая|днр", MOSCOW),
    at("ингушетия|ингушская", MOSCOW),
    at("кабардино балкарская|кабардино балкария", MOSCOW),
    at("калмыкия", MOSCOW),
    at("карачаево черкесская|карачаево черкесия", MOSCOW),
    at("карелия", MOSCOW),
    at("коми", MOSCOW),
    at("крым", "Europe/Simferopol"),
    at("луганская|лнр", MOSCOW),
    at("марий эл", MOSCOW),
    at("мордовия", MOSCOW),
    at("саха|якутия", "Asia/Yakutsk"),
    at("осетия|алания", MOSCOW),
    at("татарстан|татария", MOSCOW),
    at("тыва|тува", KRASNOYARSK),
    at("удмуртская|удмуртия", SAMARA),
    at("хакасия", KRASNOYARSK),
    at("чеченская|чечня", MOSCOW),
    at("чувашская|чувашия", MOSCOW),
    at("алтайский", "Asia/Barnaul"),
    at("забайкальский", "Asia/Chita"),
    at("камчатский", "Asia/Kamchatka"),
    at("краснодарский", MOSCOW),
    at("красноярский", KRASNOYARSK),
    at("пермский", YEKATERINBURG),
    at("приморский", VLADIVOSTOK),
    at("ставропольский", MOSCOW),
    at("хабаровский", VLADIVOSTOK),
    at("амурская", "Asia/Yakutsk"),
    at("архангельская", MOSCOW),
    at("астраханская", "Europe/Astrakhan"),
    at("белгородская", MOSCOW),
    at("брянская", MOSCOW),
    at("владимирская", MOSCOW),
    at("волгоградская", "Europe/Volgograd"),
    at("вологодская", MOSCOW),
    at("воронежская", MOSCOW),
    at("запорожская", MOSCOW),
    at("ивановская", MOSCOW),
    at("иркутская", IRKUTSK),
    at("калининградская", "Europe/Kaliningrad"),
    at("калужская", MOSCOW),
    at("кемеровская|кузбасс", "Asia/Novokuznetsk"),
    at("кировская", "Europe/Kirov"),
    at("костромская", MOSCOW),
    at("курганская", YEKATERINBURG),
    at("курская", MOSCOW),
    at("ленинградская", MOSCOW),
    at("липецкая", MOSCOW),
    at("магаданская", "Asia/Magadan"),
    at("московская", MOSCOW),
    at("мурманская", MOSCOW),
    at("нижегородская", MOSCOW),
    at("новгородская", MOSCOW),
    at("новосибирская", "Asia/Novosibirsk"),
    at("омская", "Asia/Omsk"),
    at("оренбургская", YEKATERINBURG),
    at("орловская", MOSCOW),
    at("пензенская", MOSCOW),
    at("псковская", MOSCOW),
    at("ростовская", MOSCOW),
    at("рязанская", MOSCOW),
    at("самарская", SAMARA),
    at("саратовская", "Europe/Saratov"),
    at("сахалинская", "Asia/Sakhalin"),
    at("свердловская", YEKATERINBURG),
    at("смоленская", MOSCOW),
    at("тамбовская", MOSCOW),
    at("тверская", MOSCOW),
    at("томская", "Asia/Tomsk"),
    at("тульская", MOSCOW),
    at("тюменская", YEKATERINBURG),
    at("ульяновская", "Europe/Ulyanovsk"),
    at("херсонская", MOSCOW),
    at("челябинская", YEKATERINBURG),
    at("ярославская", MOSCOW),
    at("москва", MOSCOW),
    at("санкт петербург", MOSCOW),
    at("севастополь", "Europe/Simferopol"),
    at("еврейская", VLADIVOSTOK),
    at("ямало ненецкий", YEKATERINBURG),
    at("ненецкий", MOSCOW),
    at("ханты мансийский|югра", YEKATERINBURG),
    at("чукотский|чукотка", "Asia/Anadyr"),
];

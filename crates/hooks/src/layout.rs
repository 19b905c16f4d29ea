//! How a message looks: what is shown, under which headings, in which language and zone.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use vestnik_model::language::Language;

/// Zone of a hook that names none.
pub const ZONE_DEFAULT: &str = "Europe/Moscow";
/// Label of [`ZONE_DEFAULT`].
pub const ZONE_NAME_DEFAULT: &str = "Мск";
/// The page of a service at Torrow (documented); the one of an order is not confirmed.
pub const SERVICE_LINK_DEFAULT: &str = "https://torrow.net/app/tabs/tab-search/service;id={id}";

/// What is shown and how. Stored as JSON for hooks that are managed here; what is missing there has
/// its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layout {
    /// Heading of the resources; `None` = "Услуги/ресурсы".
    pub resource_name: Option<String>,
    /// Heading of the details; `None` = by the kind of case.
    pub detail_section_name: Option<String>,
    /// Noun for the case; `None` = by the kind of case.
    pub case_type_name: Option<String>,
    /// Leaves the details out as a whole.
    pub hide_detail_section: bool,
    /// Leaves the descriptions of resources out.
    pub hide_resource_description: bool,
    /// Leaves the duration out.
    pub hide_order_duration: bool,
    /// Leaves the address out.
    pub hide_address: bool,
    /// Leaves the name of the service out.
    pub hide_service_name: bool,
    /// Leaves the description of the order out.
    pub hide_order_description: bool,
    /// Leaves the links out.
    pub hide_url: bool,
    /// Leaves the participant's own contact fields out; true unless asked for.
    pub hide_contact_info: bool,
    /// How dates are written, and the language of our own words.
    pub locale: Locale,
    /// The zone in which times are shown; stored by its IANA name.
    #[serde(with = "zone_by_name")]
    pub zone: TimeZone,
    /// What stands behind a time: "Мск".
    pub zone_name: String,
    /// The last words.
    pub sign_text: String,
    /// Where links lead.
    pub links: Links,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            resource_name: None,
            detail_section_name: None,
            case_type_name: None,
            hide_detail_section: false,
            hide_resource_description: false,
            hide_order_duration: false,
            hide_address: false,
            hide_service_name: false,
            hide_order_description: false,
            hide_url: false,
            hide_contact_info: true,
            locale: Locale::RuRu,
            zone: TimeZone::get(ZONE_DEFAULT).unwrap_or(TimeZone::UTC),
            zone_name: ZONE_NAME_DEFAULT.to_owned(),
            sign_text: String::new(),
            links: Links::default(),
        }
    }
}

/// How dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Locale {
    /// `ru-RU`.
    #[default]
    #[serde(rename = "ru-RU")]
    RuRu,
    /// `en-US`.
    #[serde(rename = "en-US")]
    EnUs,
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::RuRu, Self::EnUs];

    /// The tag.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RuRu => "ru-RU",
            Self::EnUs => "en-US",
        }
    }

    /// From the tag, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code().eq_ignore_ascii_case(code))
    }

    /// The language of our own words in it.
    #[must_use]
    pub fn language(self) -> Language {
        match self {
            Self::RuRu => Language::Ru,
            Self::EnUs => Language::En,
        }
    }
}

/// Patterns of addresses; `{id}` stands for the id. `None` = no such link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// The page of a service.
    pub service: Option<String>,
    /// The page of an order.
    pub order: Option<String>,
}

impl Links {
    /// No links at all.
    pub const NONE: Self = Self { service: None, order: None };
}

impl Default for Links {
    fn default() -> Self {
        Self { service: Some(SERVICE_LINK_DEFAULT.to_owned()), order: None }
    }
}

mod zone_by_name {
    use jiff::tz::TimeZone;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(zone: &TimeZone, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(zone.iana_name().unwrap_or("UTC"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<TimeZone, D::Error> {
        let name = String::deserialize(d)?;
        TimeZone::get(&name).map_err(|_| D::Error::custom(format!("no such time zone: {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_layouts_stay_readable() {
        let kept: Layout = serde_json::from_str("{}").unwrap();
        assert_eq!(kept, Layout::default());
        assert!(kept.hide_contact_info);
        let kept = r#"{"zone":"asia/omsk","zone_name":"Омск","locale":"en-US","hide_url":true}"#;
        let kept: Layout = serde_json::from_str(kept).unwrap();
        assert_eq!(kept.zone.iana_name(), Some("Asia/Omsk"));
        let again: Layout = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(kept, again);
        assert!(serde_json::from_str::<Layout>(r#"{"zone":"Moscow"}"#).is_err());
        let utc: Layout = serde_json::from_str(r#"{"zone":"UTC"}"#).unwrap();
        assert!(serde_json::to_string(&utc).unwrap().contains(r#""zone":"UTC""#));
    }
}

//! The body as it comes. Unknown members are ignored: clients send extras.

use super::{
    error::Refusal,
    field::{Field, Nested, Scalar},
};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Call {
    pub(super) login: Field<Scalar>,
    pub(super) password: Field<Scalar>,
    pub(super) use_time_diff: Field<Scalar>,
    pub(super) id: Field<Scalar>,
    pub(super) schedule_info: Field<Nested<ScheduleInfo>>,
    pub(super) dest_addr: Field<Scalar>,
    pub(super) message: Field<Nested<Message>>,
    pub(super) extra_param: Field<Scalar>,
    pub(super) registered_delivery: Field<Scalar>,
    pub(super) notify_url: Field<Scalar>,
    pub(super) cascade_chain_link: Field<Nested<ChainLink>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScheduleInfo {
    pub(super) time_begin: Field<Scalar>,
    pub(super) time_end: Field<Scalar>,
    pub(super) weekdays_schedule: Field<Scalar>,
    pub(super) deadline: Field<Scalar>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    #[serde(rename = "type")]
    pub(super) kind: Field<Scalar>,
    pub(super) data: Field<Nested<Data>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Data {
    pub(super) instant_content: Field<Nested<InstantContent>>,
    pub(super) text: Field<Scalar>,
    pub(super) link: Field<Scalar>,
    pub(super) service_number: Field<Scalar>,
    pub(super) ttl: Field<Scalar>,
    pub(super) ttl_unit: Field<Scalar>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstantContent {
    #[serde(rename = "type")]
    pub(super) kind: Field<Scalar>,
    pub(super) data: Field<Nested<InstantData>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstantData {
    pub(super) text: Field<Scalar>,
    #[serde(rename = "imageURL")]
    pub(super) image_url: Field<Scalar>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ChainLink {
    pub(super) state: Field<Scalar>,
    pub(super) message: Field<Nested<Message>>,
    pub(super) next_link: Field<Nested<ChainLink>>,
}

impl Call {
    /// Parses a body, whatever it calls itself.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let whole: Field<Nested<Self>> = serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            Refusal::invalid(match error.classify() {
                serde_json::error::Category::Data => {
                    format!("The request must be a JSON object without repeated members ({place}).")
                }
                serde_json::error::Category::Syntax
                | serde_json::error::Category::Eof
                | serde_json::error::Category::Io => {
                    format!("The request is not valid JSON in UTF-8 ({place}).")
                }
            })
        })?;
        match whole {
            Field::Is(Nested(call)) => Ok(*call),
            // A list would do for the parser: it takes the members by their order.
            Field::Absent | Field::Wrong => {
                Err(Refusal::invalid("The request must be a JSON object."))
            }
        }
    }
}

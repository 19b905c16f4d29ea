//! The body as it comes. Unknown members are ignored: clients send extras.

use super::{
    error::Refusal,
    field::{Field, Nested, Scalar},
};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct Call<'a> {
    pub(super) login: Field<Scalar<'a>>,
    pub(super) password: Field<Scalar<'a>>,
    pub(super) use_time_diff: Field<Scalar<'a>>,
    pub(super) id: Field<Scalar<'a>>,
    pub(super) schedule_info: Field<Nested<ScheduleInfo<'a>>>,
    pub(super) dest_addr: Field<Scalar<'a>>,
    pub(super) message: Field<Nested<Message<'a>>>,
    pub(super) extra_param: Field<Scalar<'a>>,
    pub(super) registered_delivery: Field<Scalar<'a>>,
    pub(super) notify_url: Field<Scalar<'a>>,
    pub(super) cascade_chain_link: Field<Nested<ChainLink<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct ScheduleInfo<'a> {
    pub(super) time_begin: Field<Scalar<'a>>,
    pub(super) time_end: Field<Scalar<'a>>,
    pub(super) weekdays_schedule: Field<Scalar<'a>>,
    pub(super) deadline: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Field<Scalar<'a>>,
    pub(super) data: Field<Nested<Data<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct Data<'a> {
    pub(super) instant_content: Field<Nested<InstantContent<'a>>>,
    pub(super) text: Field<Scalar<'a>>,
    pub(super) link: Field<Scalar<'a>>,
    pub(super) service_number: Field<Scalar<'a>>,
    pub(super) ttl: Field<Scalar<'a>>,
    pub(super) ttl_unit: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct InstantContent<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Field<Scalar<'a>>,
    pub(super) data: Field<Nested<InstantData<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct InstantData<'a> {
    pub(super) text: Field<Scalar<'a>>,
    #[serde(rename = "imageURL")]
    pub(super) image_url: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct ChainLink<'a> {
    pub(super) state: Field<Scalar<'a>>,
    pub(super) message: Field<Nested<Message<'a>>>,
    pub(super) next_link: Field<Nested<ChainLink<'a>>>,
}

impl<'a> Call<'a> {
    /// Parses a body, whatever it calls itself.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
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

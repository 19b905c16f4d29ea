//! The body as it comes. Unknown members are ignored: clients send extras.

use super::{
    error::Refusal,
    field::{Field, Nested, Scalar},
};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) login: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) password: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) use_time_diff: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) id: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) schedule_info: Field<Nested<ScheduleInfo<'a>>>,
    #[serde(borrow)]
    pub(super) dest_addr: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) message: Field<Nested<Message<'a>>>,
    #[serde(borrow)]
    pub(super) extra_param: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) registered_delivery: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) notify_url: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) cascade_chain_link: Field<Nested<ChainLink<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScheduleInfo<'a> {
    #[serde(borrow)]
    pub(super) time_begin: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) time_end: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) weekdays_schedule: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) deadline: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) data: Field<Nested<Data<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Data<'a> {
    #[serde(borrow)]
    pub(super) instant_content: Field<Nested<InstantContent<'a>>>,
    #[serde(borrow)]
    pub(super) text: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) link: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) service_number: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) ttl: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) ttl_unit: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstantContent<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) data: Field<Nested<InstantData<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstantData<'a> {
    #[serde(borrow)]
    pub(super) text: Field<Scalar<'a>>,
    #[serde(rename = "imageURL", borrow)]
    pub(super) image_url: Field<Scalar<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ChainLink<'a> {
    #[serde(borrow)]
    pub(super) state: Field<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) message: Field<Nested<Message<'a>>>,
    #[serde(borrow)]
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

//! The words that a customer reads.
//!
//! The order of the parts, first to last: the owner's own words; a bold head with the noun and
//! number of the case; its title, if that says more; the service; when and how long; where; the
//! details with what was booked; the description; contacts, if they are wanted; links; the
//! signature. What is empty or hidden leaves no trace. The built-in layout is a template like any
//! other ([`DEFAULT_TEMPLATE`](crate::template::DEFAULT_TEMPLATE)).

mod context;
mod trial;

use crate::{
    event::{Event, Participant},
    layout::Layout,
    template::{Template, TemplateError},
};
use vestnik_model::content::Marked;

pub(crate) use trial::trials;

/// Writes the message about an event to a participant. `None` as template is the built-in layout.
///
/// # Errors
/// [`TemplateError`] if the template asks for too much, or the message would be longer than
/// [`OUTPUT_BYTES_MAX`](crate::template::OUTPUT_BYTES_MAX).
pub fn write(
    event: &Event,
    participant: Option<&Participant>,
    layout: &Layout,
    message: &str,
    template: Option<&Template>,
) -> Result<Marked, TemplateError> {
    let template = template.unwrap_or_else(|| Template::built_in());
    let subject = context::Subject { event, participant, layout, message };
    template.render(&subject.context(template.reads_payload()))
}

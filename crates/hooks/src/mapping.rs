//! Where the fields of an event stand in a foreign body.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most fields of a mapping.
pub const MAPPING_FIELDS_MAX: usize = 64;
/// Longest pointer, characters.
pub const POINTER_CHARS_MAX: usize = 200;
/// Most members that a `*` stands for.
const SPREAD_MAX: usize = 100;
/// Fields whose name goes on with a label: `participant.fields.Повод`.
const LABELLED: &str = "participant.fields.";

/// Where the fields of an event stand in a foreign body: field name to JSON pointer (RFC 6901), as
/// `case.starts_at` → `/deal/visit/from`. A `*` in a pointer stands for each member of a list:
/// `resource.name` → `/deal/products/*/title`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub BTreeMap<String, String>);

/// What is wrong with a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// More than [`MAPPING_FIELDS_MAX`].
    #[error("a mapping has at most {MAPPING_FIELDS_MAX} fields")]
    TooMany,
    /// No event has that field.
    #[error("there is no field {0}")]
    UnknownField(String),
    /// Not a JSON pointer.
    #[error("{0}: a pointer begins with / and has at most {POINTER_CHARS_MAX} characters")]
    Pointer(String),
}

/// A field that a mapping can give, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct MappingField {
    /// Its name.
    pub name: &'static str,
    /// What it means, Russian and English.
    pub meaning: [&'static str; 2],
}

const fn field(name: &'static str, ru: &'static str, en: &'static str) -> MappingField {
    MappingField { name, meaning: [ru, en] }
}

/// Every field, in the order of the documentation.
pub const FIELDS: &[MappingField] = &[
    field("event", "Что случилось: имя события", "What happened: an event's name"),
    field("case.id", "Идентификатор заказа", "Id of the case"),
    field("case.version", "Версия: растёт с изменениями", "Version: rises with changes"),
    field("case.kind", "Вид: order, booking, meeting", "Kind: order, booking, meeting"),
    field("case.number", "Номер, как его знают люди", "Number as people know it"),
    field("case.title", "Название", "Title"),
    field("case.state", "Состояние", "State"),
    field(
        "case.starts_at",
        "Начало: RFC 3339, без смещения – UTC; секунды или миллисекунды",
        "Begin: RFC 3339, without an offset UTC; seconds or milliseconds",
    ),
    field("case.ends_at", "Конец", "End"),
    field("case.duration_s", "Продолжительность, секунды", "Duration, seconds"),
    field("case.place", "Адрес", "Address"),
    field("case.description", "Описание", "Description"),
    field("service.id", "Идентификатор услуги", "Id of the service"),
    field("service.name", "Название услуги", "Name of the service"),
    field("service.description", "Описание услуги", "Description of the service"),
    field("resource.id", "Идентификатор ресурса", "Id of a resource"),
    field("resource.name", "Название ресурса", "Name of a resource"),
    field("resource.description", "Описание ресурса", "Description of a resource"),
    field("resource.amount", "Количество", "Amount"),
    field("resource.duration_s", "Продолжительность, секунды", "Duration, seconds"),
    field("participant.id", "Идентификатор участника", "Id of a participant"),
    field(
        "participant.kind",
        "Кто это: participant, executor, escort",
        "What they are: participant, executor, escort",
    ),
    field("participant.state", "Состояние участника", "State of a participant"),
    field("participant.name", "Имя", "Name"),
    field("participant.phone", "Телефон", "Telephone number"),
    field("participant.email", "Электронная почта", "E-mail address"),
    field("participant.zone", "Часовой пояс (IANA)", "Time zone (IANA)"),
    field("participant.comment", "Комментарий", "Comment"),
];

impl Mapping {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// [`MappingError`].
    pub fn check(&self) -> Result<(), MappingError> {
        if self.0.len() > MAPPING_FIELDS_MAX {
            return Err(MappingError::TooMany);
        }
        for (name, pointer) in &self.0 {
            let is_known = FIELDS.iter().any(|field| field.name == name)
                || name.strip_prefix(LABELLED).is_some_and(|label| !label.trim().is_empty());
            if !is_known {
                return Err(MappingError::UnknownField(name.clone()));
            }
            if !pointer.starts_with('/') || pointer.chars().count() > POINTER_CHARS_MAX {
                return Err(MappingError::Pointer(name.clone()));
            }
        }
        Ok(())
    }

    /// The body in the form of the generic source: what the mapping names is put there, the rest
    /// stays as it came.
    pub(crate) fn apply(&self, body: &Value) -> Value {
        let mut shape = Map::new();
        for name in ["event", "case", "service", "resources", "participants"] {
            if let Some(value) = body.get(name) {
                shape.insert(name.to_owned(), value.clone());
            }
        }
        let mut shape = Value::Object(shape);
        for (name, pointer) in self.0.iter().take(MAPPING_FIELDS_MAX) {
            let values = spread(body, pointer);
            put(&mut shape, name, &values);
        }
        shape
    }
}

/// What a pointer leads to. With a `*` in it one for each member of the list, whether it has a value
/// there or not: one person's number must not become another's.
fn spread<'a>(body: &'a Value, pointer: &str) -> Vec<Option<&'a Value>> {
    let Some((head, tail)) = pointer.split_once("/*") else {
        return body.pointer(pointer).map(Some).into_iter().collect();
    };
    let items = body.pointer(head).and_then(Value::as_array);
    let items = items.into_iter().flatten().take(SPREAD_MAX);
    // One star only: a list of lists has no place in an event.
    items.map(|item| item.pointer(tail)).collect()
}

fn put(shape: &mut Value, name: &str, values: &[Option<&Value>]) {
    let first = values.iter().copied().flatten().next();
    let Some((object, member)) = name.split_once('.') else {
        if let Some(value) = first {
            shape[name] = value.clone();
        }
        return;
    };
    match object {
        "resource" => put_each(shape, "resources", member, values),
        "participant" => put_each(shape, "participants", member, values),
        _ => {
            if let Some(value) = first
                && let Some(object) = as_object(&mut shape[object])
            {
                object.insert(member.to_owned(), value.clone());
            }
        }
    }
}

/// The n-th value belongs to the n-th member of a list.
fn put_each(shape: &mut Value, list: &str, member: &str, values: &[Option<&Value>]) {
    if !shape[list].is_array() {
        shape[list] = Value::Array(Vec::new());
    }
    let Some(items) = shape[list].as_array_mut() else { return };
    for (index, value) in values.iter().enumerate() {
        if items.len() <= index {
            items.push(Value::Object(Map::new()));
        }
        let (Some(item), Some(value)) = (as_object(&mut items[index]), value) else { continue };
        match member.strip_prefix("fields.") {
            None => drop(item.insert(member.to_owned(), Value::clone(value))),
            Some(label) => {
                let fields = item.entry("fields").or_insert_with(|| Value::Array(Vec::new()));
                if let Some(fields) = fields.as_array_mut() {
                    fields.push(serde_json::json!({"name": label, "value": value}));
                }
            }
        }
    }
}

/// A value as an object, whatever it was.
fn as_object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

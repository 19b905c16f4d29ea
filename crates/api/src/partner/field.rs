//! A member of the body whose type may be wrong: what is wrong is said by us, at our turn, not by
//! the parser.

use super::error::Refusal;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A member: absent (or null), of the right type, or of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Field<T> {
    /// Not there, or null.
    #[default]
    Absent,
    /// As expected.
    Is(T),
    /// Of another type.
    Wrong,
}

/// A scalar as JSON knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    /// A string: where it stands in the body, if it stands there as it is meant.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

struct ScalarVisitor<'a>(PhantomData<&'a str>);

impl<'de: 'a, 'a> Visitor<'de> for ScalarVisitor<'a> {
    type Value = Field<Scalar<'a>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Field::Is(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Field::Is(Scalar::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, b: bool) -> Result<Self::Value, E> {
        Ok(Field::Is(Scalar::Bool(b)))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Field::Is(Scalar::Int(n)))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(n).map_or(Field::Wrong, |n| Field::Is(Scalar::Int(n))))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<Scalar<'a>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor(PhantomData))
    }
}

/// A nested object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Nested<T>(pub(super) Box<T>);

struct NestedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NestedVisitor<T> {
    type Value = Field<Nested<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let inner = T::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Field::Is(Nested(Box::new(inner))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<Nested<T>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestedVisitor(PhantomData))
    }
}

impl<T> Field<Nested<T>> {
    /// The object, which must be there.
    pub(super) fn required(&self, path: impl fmt::Display + Copy) -> Result<&T, Refusal> {
        self.optional(path)?.ok_or_else(|| Refusal::missing(path))
    }

    /// The object, if it is there.
    pub(super) fn optional(&self, path: impl fmt::Display + Copy) -> Result<Option<&T>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Is(Nested(inner)) => Ok(Some(inner)),
            Self::Wrong => Err(Refusal::invalid(format!("{path} must be an object."))),
        }
    }
}

impl Field<Scalar<'_>> {
    /// A string, which must be there.
    pub(super) fn required_text(&self, path: impl fmt::Display + Copy) -> Result<&str, Refusal> {
        self.text(path)?.ok_or_else(|| Refusal::missing(path))
    }

    /// A string, if it is there.
    pub(super) fn text(&self, path: impl fmt::Display + Copy) -> Result<Option<&str>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Is(Scalar::Text(text)) if text.contains('\0') => {
                Err(Refusal::invalid(format!("{path} must not contain the NUL character.")))
            }
            Self::Is(Scalar::Text(text)) => Ok(Some(text)),
            Self::Is(Scalar::Int(_) | Scalar::Bool(_)) | Self::Wrong => {
                Err(Refusal::invalid(format!("{path} must be a string.")))
            }
        }
    }

    /// A string, or a number taken as one.
    pub(super) fn text_or_number(
        &self,
        path: impl fmt::Display + Copy,
    ) -> Result<Option<Cow<'_, str>>, Refusal> {
        match self {
            Self::Is(Scalar::Int(n)) => Ok(Some(Cow::Owned(n.to_string()))),
            Self::Absent | Self::Is(Scalar::Text(_) | Scalar::Bool(_)) | Self::Wrong => {
                Ok(self.text(path)?.map(Cow::Borrowed))
            }
        }
    }

    /// A whole number, or a string that holds one.
    pub(super) fn int(&self, path: impl fmt::Display + Copy) -> Result<Option<i64>, Refusal> {
        let wrong = || Refusal::invalid(format!("{path} must be an integer."));
        match self {
            Self::Absent => Ok(None),
            Self::Is(Scalar::Int(n)) => Ok(Some(*n)),
            Self::Is(Scalar::Text(text)) => text.trim().parse().map(Some).map_err(|_| wrong()),
            Self::Is(Scalar::Bool(_)) | Self::Wrong => Err(wrong()),
        }
    }

    /// A truth value. A string that reads like one is none.
    pub(super) fn bool(&self, path: impl fmt::Display + Copy) -> Result<Option<bool>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Is(Scalar::Bool(b)) => Ok(Some(*b)),
            Self::Is(Scalar::Text(_) | Scalar::Int(_)) | Self::Wrong => {
                Err(Refusal::invalid(format!("{path} must be a boolean.")))
            }
        }
    }
}

//! Fields of a TOML table, each with the line it is on.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// A value and its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<T> {
    pub value: T,
    pub line: usize,
}

/// The text of a configuration and its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'s> {
    pub name: &'s str,
    pub text: &'s str,
}

impl Source<'_> {
    fn line(self, span: Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    /// A field on this line is wrong.
    pub fn wrong(self, line: usize, field: &str, problem: impl ToString) -> ConfigError {
        ConfigError::Field {
            file: self.name.to_owned(),
            line,
            field: field.to_owned(),
            problem: problem.to_string(),
        }
    }

    /// The whole file as a table.
    pub fn parse(&self) -> Result<Spanned<DeTable<'_>>, ConfigError> {
        DeTable::parse(self.text).map_err(|error| ConfigError::Syntax {
            file: self.name.to_owned(),
            line: self.line(error.span().unwrap_or_default()),
            problem: error.message().to_owned(),
        })
    }
}

/// A table of which every field is known.
pub(super) struct Fields<'s, 't> {
    source: Source<'s>,
    table: &'t DeTable<'t>,
    /// Line of the table.
    pub line: usize,
}

impl<'s, 't> Fields<'s, 't> {
    /// Refuses fields that are not `allowed`.
    pub fn new(
        source: Source<'s>,
        table: &'t Spanned<DeTable<'t>>,
        allowed: &[&str],
    ) -> Result<Self, ConfigError> {
        let fields = Self {
            source,
            line: source.line(table.span()),
            table: table.get_ref(),
        };
        for key in fields.table.keys() {
            let name = key.get_ref().as_ref();
            if !allowed.contains(&name) {
                let near = nearest(name, allowed.iter().copied());
                let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
                let problem = format!("is not known{near} Allowed here: {}", allowed.join(", "));
                return Err(source.wrong(source.line(key.span()), name, problem));
            }
        }
        Ok(fields)
    }

    fn find(&self, name: &str) -> Option<(&'t DeValue<'t>, usize)> {
        let (_, value) = self
            .table
            .iter()
            .find(|(key, _)| key.get_ref().as_ref() == name)?;
        Some((value.get_ref(), self.source.line(value.span())))
    }

    /// A text.
    pub fn string(&self, name: &str) -> Result<Option<Item<String>>, ConfigError> {
        self.one(name, |value| match value {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err("must be a text in quotes".to_owned()),
        })
    }

    /// A whole number.
    pub fn integer(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<Item<u64>>, ConfigError> {
        self.one(name, |value| whole(value, &range))
    }

    /// One value.
    pub fn one<T>(
        &self,
        name: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
    ) -> Result<Option<Item<T>>, ConfigError> {
        let Some((value, line)) = self.find(name) else {
            return Ok(None);
        };
        let value = read(value).map_err(|problem| self.source.wrong(line, name, problem))?;
        Ok(Some(Item { value, line }))
    }

    /// A list, or one value that stands for a list.
    pub fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
    ) -> Result<Option<Vec<Item<T>>>, ConfigError> {
        let Some((value, line)) = self.find(name) else {
            return Ok(None);
        };
        let item = |value: &DeValue<'_>, line: usize| {
            let value = read(value).map_err(|problem| self.source.wrong(line, name, problem))?;
            Ok(Item { value, line })
        };
        let items: Vec<Item<T>> = match value {
            DeValue::Array(values) => values
                .iter()
                .map(|value| item(value.get_ref(), self.source.line(value.span())))
                .collect::<Result<_, ConfigError>>()?,
            value => vec![item(value, line)?],
        };
        if items.is_empty() {
            let problem = "is an empty list; give at least one value, or leave the field out";
            return Err(self.source.wrong(line, name, problem));
        }
        Ok(Some(items))
    }

    /// Tables: one, or a list of them.
    pub fn tables(&self, name: &str) -> Result<Vec<Spanned<DeTable<'t>>>, ConfigError> {
        let Some((value, line)) = self.find(name) else {
            return Ok(Vec::new());
        };
        let wrong = || {
            self.source
                .wrong(line, name, format!("must be a table: [{name}]"))
        };
        let place = |start: usize| start..start;
        let (_, spanned) = self
            .table
            .iter()
            .find(|(key, _)| key.get_ref().as_ref() == name)
            .ok_or_else(wrong)?;
        match value {
            DeValue::Table(table) => Ok(vec![Spanned::new(
                place(spanned.span().start),
                table.clone(),
            )]),
            DeValue::Array(values) => values
                .iter()
                .map(|value| match value.get_ref() {
                    DeValue::Table(table) => {
                        Ok(Spanned::new(place(value.span().start), table.clone()))
                    }
                    _ => Err(wrong()),
                })
                .collect(),
            _ => Err(wrong()),
        }
    }
}

/// The text of a value, for lists of texts.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err("must be texts in quotes".to_owned()),
    }
}

/// A whole number in a range.
pub(super) fn whole(value: &DeValue<'_>, range: &RangeInclusive<u64>) -> Result<u64, String> {
    let number = match value {
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    let fits = number.and_then(|number| u64::try_from(number).ok());
    fits.filter(|number| range.contains(number)).ok_or_else(|| {
        let given = number.map_or(String::new(), |number| format!("is {number}; "));
        format!(
            "{given}must be a whole number from {} to {}",
            range.start(),
            range.end()
        )
    })
}

/// The name that differs least, if it is close.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 3)
        .min()
        .map(|(_, known)| known)
}

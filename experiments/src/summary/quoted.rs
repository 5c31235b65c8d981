//! Figures of others, for comparison: never measured here.

use serde::Deserialize;

use super::SummaryError;
use super::table::{Entry, Origin, Table};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    figure: Vec<Figure>,
}

/// One figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figure {
    who: String,
    what: String,
    figure: String,
    machine: String,
    source: String,
}

/// The shipped list as a table.
///
/// # Errors
/// [`SummaryError::Quoted`]: never, as a test reads the list.
pub fn table() -> Result<Table, SummaryError> {
    let file: File = toml::from_str(include_str!("../../shipped/quoted.toml"))
        .map_err(|error| SummaryError::Quoted(error.to_string()))?;
    let mut table = Table::new(
        "quoted",
        "Figures of others",
        "Quoted, not measured by this program; other machines, other models, other claims.",
        &["who", "what", "figure", "machine", "source"],
    );
    for figure in file.figure {
        table.rows.push(vec![
            Entry::text(figure.who),
            Entry::text(figure.what),
            Entry {
                origin: Origin::Quoted,
                ..Entry::text(figure.figure)
            },
            Entry::text(figure.machine),
            Entry::text(figure.source),
        ]);
    }
    Ok(table)
}

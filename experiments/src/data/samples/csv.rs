//! CSV: one sample a line, fields separated by commas, in double quotes or not.

use std::path::Path;

use super::{LabelColumn, MAX_ROWS, MAX_VALUES, Place, Problem, SampleError, Samples};

/// Names of a column of labels.
const LABELS: [&str; 3] = ["label", "target", "class"];

/// The samples in a text.
pub(super) fn parse(
    path: &Path,
    content: &[u8],
    column: &LabelColumn,
) -> Result<Samples, SampleError> {
    let text = std::str::from_utf8(content)
        .map_err(|_| SampleError::file(path, Problem::UnknownFormat))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1u64..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .peekable();
    let header = lines
        .next_if(|(_, line)| is_header(&fields(line)))
        .map(|(number, line)| (Place::Line(number), fields(line)));
    let mut rows = Rows {
        width: header.as_ref().map(|(_, names)| names.len()),
        label: None,
        values: 0,
        rows: Vec::new(),
        labels: Vec::new(),
    };
    if let Some((place, names)) = &header {
        let failed = |problem| SampleError::new(path, place.clone(), problem);
        if names.len() > 1 && names[0].is_empty() {
            return Err(failed(Problem::IndexColumn));
        }
        rows.label = named(names, column).map_err(failed)?;
    } else if let LabelColumn::Name(name) = column {
        return Err(SampleError::file(path, Problem::NoHeader(name.clone())));
    }
    for (number, line) in lines {
        let fields = fields(line);
        if rows.width.is_none() {
            rows.label = positional(fields.len(), column);
        }
        rows.add(&fields)
            .map_err(|problem| SampleError::new(path, Place::Line(number), problem))?;
    }
    let failed = |problem| Err(SampleError::file(path, problem));
    match rows.rows.first().map(Vec::len) {
        None => failed(Problem::NoRows),
        Some(0) => failed(Problem::OnlyLabels),
        Some(features) => Ok(Samples {
            rows: rows.rows,
            shape: vec![features],
            labels: rows.label.map(|_| rows.labels),
        }),
    }
}

/// The fields of a line, without blanks and quotes around them.
fn fields(line: &str) -> Vec<&str> {
    let mut quoted = false;
    line.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(|field| {
        let field = field.trim();
        let inside = field
            .strip_prefix('"')
            .and_then(|field| field.strip_suffix('"'));
        inside.map_or(field, str::trim)
    })
    .collect()
}

/// What was read so far.
struct Rows {
    /// Fields of a line.
    width: Option<usize>,
    /// Position of the label.
    label: Option<usize>,
    /// Values of all rows.
    values: usize,
    rows: Vec<Vec<f64>>,
    labels: Vec<f64>,
}

impl Rows {
    fn add(&mut self, fields: &[&str]) -> Result<(), Problem> {
        let expected = *self.width.get_or_insert(fields.len());
        if fields.len() != expected {
            return Err(Problem::Columns {
                found: fields.len(),
                expected,
            });
        }
        let numbers = fields.iter().enumerate().map(|(column, field)| {
            let number = field.parse().ok().filter(|x: &f64| x.is_finite());
            number.ok_or_else(|| Problem::Field {
                column: column + 1,
                field: field.chars().take(40).collect(),
            })
        });
        let mut row = numbers.collect::<Result<Vec<f64>, _>>()?;
        if let Some(label) = self.label {
            self.labels.push(row.remove(label));
        }
        self.values += row.len();
        if self.values > MAX_VALUES {
            return Err(Problem::too_large("values", self.values, MAX_VALUES));
        }
        if self.rows.len() >= MAX_ROWS {
            return Err(Problem::too_large("samples", self.rows.len() + 1, MAX_ROWS));
        }
        self.rows.push(row);
        Ok(())
    }
}

/// A header has a field that is neither empty nor a number.
fn is_header(fields: &[&str]) -> bool {
    fields
        .iter()
        .any(|field| !field.is_empty() && field.parse::<f64>().is_err())
}

/// Position of the label by a header.
fn named(names: &[&str], column: &LabelColumn) -> Result<Option<usize>, Problem> {
    match column {
        LabelColumn::Automatic => Ok(names
            .iter()
            .position(|name| LABELS.contains(&name.to_lowercase().as_str()))),
        LabelColumn::Name(name) => match names.iter().position(|column| column == name) {
            Some(position) => Ok(Some(position)),
            None => Err(Problem::NoColumn {
                name: name.clone(),
                columns: names
                    .iter()
                    .take(20)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        },
        other => Ok(positional(names.len(), other)),
    }
}

/// Position of the label without a header.
fn positional(width: usize, column: &LabelColumn) -> Option<usize> {
    match column {
        LabelColumn::First => Some(0),
        LabelColumn::Last => width.checked_sub(1),
        _ => None,
    }
}

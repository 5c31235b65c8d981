//! `blindproof report --paper`: the tables and figures of `papers/`, from the results that lie there.
//!
//! ```text
//! papers/results/NAME.jsonl ──> papers/tables/NAME-TABLE.{md,tex,csv}, papers/figures/NAME-CHART.svg
//! papers/results/*.json, *.toml ──> papers/tables/TABLE.csv (`measured`)
//! papers/**/*.md:  <!-- table: NAME-TABLE --> ... <!-- end table -->   is replaced by the table
//! ```

mod measured;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::report::write_file;
use super::{SummaryError, charts, quoted, read, tables};
use crate::grid::record::Record;

/// Begins a table in a text.
const BEGIN: &str = "<!-- table: ";
/// Ends it.
const END: &str = "<!-- end table -->";

/// Every file that is made from the results in `papers`, with its content: what is there already and would not change too.
///
/// # Errors
/// [`SummaryError`].
pub fn files(papers: &Path) -> Result<BTreeMap<PathBuf, String>, SummaryError> {
    let mut made = BTreeMap::new();
    let mut markdown = BTreeMap::new();
    let mut paths = listed(&papers.join("results"), "jsonl")?;
    paths.sort();
    for results in read(&paths)? {
        let records: Vec<&Record> = results.records.iter().collect();
        for table in tables::all(&records) {
            let name = format!("{}-{}", results.experiment, table.name);
            let path = papers.join("tables").join(&name);
            made.insert(path.with_extension("tex"), table.latex());
            made.insert(path.with_extension("csv"), table.csv());
            markdown.insert(name, table.markdown());
        }
        for chart in charts::all(&records)? {
            let name = format!("{}-{}.svg", results.experiment, chart.name);
            made.insert(papers.join("figures").join(name), chart.svg);
        }
    }
    let quoted = quoted::table()?;
    made.insert(papers.join("tables/quoted.tex"), quoted.latex());
    made.insert(papers.join("tables/quoted.csv"), quoted.csv());
    markdown.insert("quoted".to_owned(), quoted.markdown());
    for (name, table) in measured::tables(papers)? {
        let path = papers.join("tables").join(name);
        made.insert(path.with_extension("csv"), table);
    }
    for folder in [papers.to_path_buf(), papers.join("study")] {
        for path in listed(&folder, "md")? {
            let text = std::fs::read_to_string(&path).map_err(|error| SummaryError::Write {
                path: path.clone(),
                problem: error.to_string(),
            })?;
            let new = replace(&path, &text, &markdown)?;
            made.insert(path, new);
        }
    }
    Ok(made)
}

/// Brings everything up to date; returns what was changed. `check`: changes nothing.
///
/// # Errors
/// [`SummaryError`].
pub fn update(papers: &Path, check: bool) -> Result<Vec<PathBuf>, SummaryError> {
    let mut changed = Vec::new();
    for (path, content) in files(papers)? {
        if std::fs::read_to_string(&path).is_ok_and(|old| old == content) {
            continue;
        }
        if !check {
            write_file(&path, &content)?;
        }
        changed.push(path);
    }
    Ok(changed)
}

/// Files of a folder with this extension; none where there is no folder.
fn listed(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, SummaryError> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}

/// The text with every table replaced.
fn replace(
    path: &Path,
    text: &str,
    tables: &BTreeMap<String, String>,
) -> Result<String, SummaryError> {
    let wrong = |line: usize, problem: String| SummaryError::Marker {
        path: path.to_path_buf(),
        line: line + 1,
        problem,
    };
    let mut out = String::new();
    let mut open = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim_end();
        if trimmed == END {
            if open.take().is_none() {
                return Err(wrong(number, format!("{END} without a table; remove it")));
            }
            out += line;
        } else if let Some(rest) = trimmed.strip_prefix(BEGIN) {
            if open.is_some() {
                return Err(wrong(
                    number,
                    format!("the table before has no {END}; add it"),
                ));
            }
            let name = rest.trim_end_matches("-->").trim();
            let table = tables.get(name).ok_or_else(|| {
                let known: Vec<&str> = tables.keys().map(String::as_str).collect();
                wrong(
                    number,
                    format!("no table '{name}'; there are {}", known.join(", ")),
                )
            })?;
            open = Some(number);
            out += line;
            out += table;
        } else if open.is_none() {
            out += line;
        }
    }
    match open {
        Some(number) => Err(wrong(number, format!("this table has no {END}; add it"))),
        None => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<String, SummaryError> {
        let tables = BTreeMap::from([("a-cells".to_owned(), "| new |\n".to_owned())]);
        replace(Path::new("x.md"), text, &tables)
    }

    #[test]
    fn tables_are_replaced_and_the_rest_is_kept() {
        let text = "before\n<!-- table: a-cells -->\n| old |\nmore\n<!-- end table -->\nafter";
        let new = with(text).unwrap();
        assert_eq!(
            new,
            "before\n<!-- table: a-cells -->\n| new |\n<!-- end table -->\nafter"
        );
        assert_eq!(with(&new).unwrap(), new);
    }

    #[test]
    fn wrong_markers_are_named() {
        for (text, line) in [
            ("<!-- table: b -->\n<!-- end table -->\n", 1),
            ("x\n<!-- table: a-cells -->\n", 2),
            ("<!-- end table -->\n", 1),
            (
                "<!-- table: a-cells -->\n<!-- table: a-cells -->\n<!-- end table -->\n",
                2,
            ),
        ] {
            match with(text) {
                Err(SummaryError::Marker { line: found, .. }) => assert_eq!(found, line),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    /// What is in the repository is what its results give.
    #[test]
    fn papers_are_up_to_date() {
        let papers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../papers");
        let changed = update(&papers, true).unwrap();
        assert!(
            changed.is_empty(),
            "run `blindproof report --paper`: {changed:?}"
        );
    }
}

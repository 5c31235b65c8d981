//! `report` and `compare`.

use comfy_table::{
    CellAlignment, ContentArrangement, Table as Shown, presets::UTF8_FULL_CONDENSED,
};

use super::args::{CompareArgs, ReportArgs};
use super::{Failure, REJECTED, text};
use crate::summary::compare::Comparison;
use crate::summary::{paper, read, report};

/// Writes a report, or brings the papers up to date.
pub(super) fn report(arguments: &ReportArgs) -> Result<String, Failure> {
    if arguments.paper {
        return papers(arguments);
    }
    let results = read(&arguments.results).map_err(Failure::misuse)?;
    let files = report::write(&arguments.out, &results).map_err(Failure::misuse)?;
    let names: Vec<&str> = results
        .iter()
        .map(|results| results.experiment.as_str())
        .collect();
    Ok(format!(
        "report of {}: {}, with {} more files beside it\n",
        names.join(", "),
        arguments.out.join("index.html").display(),
        files.len() - 1
    ))
}

fn papers(arguments: &ReportArgs) -> Result<String, Failure> {
    if !arguments.papers.is_dir() {
        return Err(Failure::misuse(format!(
            "{}: no such folder; run this in the root of the source, or name the folder with --papers",
            arguments.papers.display()
        )));
    }
    let changed = paper::update(&arguments.papers, arguments.check).map_err(Failure::misuse)?;
    let listed: String = changed
        .iter()
        .map(|path| format!("  {}\n", path.display()))
        .collect();
    match (changed.is_empty(), arguments.check) {
        (true, _) => Ok("everything is up to date\n".to_owned()),
        (false, false) => Ok(format!("brought up to date:\n{listed}")),
        (false, true) => Err(Failure {
            code: REJECTED,
            message: "not up to date; run blindproof report --paper".to_owned(),
            output: listed,
        }),
    }
}

/// What changed between two results.
pub(super) fn compare(arguments: &CompareArgs) -> Result<String, Failure> {
    let records = |path: &std::path::PathBuf| {
        let results = read(std::slice::from_ref(path)).map_err(Failure::misuse)?;
        let all = results.into_iter().flat_map(|results| results.records);
        Ok::<Vec<_>, Failure>(all.collect())
    };
    let comparison = Comparison::new(&records(&arguments.a)?, &records(&arguments.b)?);
    if arguments.json {
        return text::json(&comparison);
    }
    let table = comparison.table(arguments.all);
    let mut shown = Shown::new();
    shown.load_style(UTF8_FULL_CONDENSED);
    shown.set_content_arrangement(ContentArrangement::Disabled);
    shown.set_header(&table.header);
    for row in &table.rows {
        shown.add_row(row.iter().map(|entry| entry.text.clone()));
    }
    for column in shown.column_iter_mut().skip(3).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut out = String::new();
    for line in &comparison.circumstances {
        out += &format!("differs: {line}\n");
    }
    for (name, cells) in [("A", &comparison.only_a), ("B", &comparison.only_b)] {
        for cell in cells {
            out += &format!("only in {name}: {cell}\n");
        }
    }
    let cells = comparison.changes.iter().map(|change| &change.id);
    let cells = cells.collect::<std::collections::BTreeSet<_>>().len();
    let count = |verdict| {
        let of = comparison
            .changes
            .iter()
            .filter(|change| change.verdict == verdict);
        of.count()
    };
    use crate::summary::compare::Verdict;
    out += &format!(
        "{cells} common cells, {} quantities: {} less, {} more, {} without significant change, {} with too few repetitions to tell\n",
        comparison.changes.len(),
        count(Verdict::Less),
        count(Verdict::More),
        count(Verdict::Same),
        count(Verdict::TooFew)
    );
    match table.rows.is_empty() {
        true => out += "nothing changed\n",
        false => out += &format!("{shown}\n{}\n", table.note),
    }
    Ok(out)
}

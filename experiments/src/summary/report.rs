//! `blindproof report`: one page, and the same tables and charts as files.

use std::path::Path;

use blindproof_bridge::artefact::{Existing, write_atomically};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::charts::{self, Named};
use super::table::{LEGEND, Table, csv_field};
use super::{Results, SummaryError, quoted, tables};
use crate::grid::record::{Provenance, Record};
use crate::grid::shipped;
use crate::report::STYLE;

/// What is shown of one experiment.
#[derive(Debug, Serialize)]
struct Section<'a> {
    name: &'a str,
    question: String,
    insecure: bool,
    tables: Vec<Shown>,
    charts: Vec<Figure>,
}

/// A table, and which of its columns are aligned as numbers.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    table: Table,
    numeric: Vec<bool>,
}

impl From<Table> for Shown {
    fn from(table: Table) -> Self {
        Self {
            numeric: table.numeric().collect(),
            table,
        }
    }
}

#[derive(Debug, Serialize)]
struct Figure {
    name: &'static str,
    caption: String,
    svg: String,
}

impl From<Named> for Figure {
    fn from(chart: Named) -> Self {
        Self {
            name: chart.name,
            caption: chart.caption,
            svg: chart.svg,
        }
    }
}

impl<'a> Section<'a> {
    fn new(results: &'a Results) -> Result<Self, SummaryError> {
        let records: Vec<&Record> = results.records.iter().collect();
        let known = shipped::find(&results.experiment).and_then(|shipped| shipped.load(false).ok());
        let insecure = |record: &&Record| {
            let set = record.cell.parameters.as_deref();
            set.is_some_and(|set| set.starts_with("insecure"))
        };
        Ok(Self {
            name: &results.experiment,
            question: known.map_or(String::new(), |experiment| experiment.question),
            insecure: records.iter().any(insecure),
            tables: tables::all(&records).into_iter().map(Shown::from).collect(),
            charts: charts::all(&records)?
                .into_iter()
                .map(Figure::from)
                .collect(),
        })
    }
}

/// Writes `index.html`, `report.md`, `tables/*.tex`, `tables/*.csv`, `figures/*.svg` and `samples.csv` into a folder; returns
/// the names of all files.
///
/// # Errors
/// [`SummaryError`].
pub fn write(folder: &Path, results: &[Results]) -> Result<Vec<String>, SummaryError> {
    let sections = results.iter().map(Section::new);
    let sections = sections.collect::<Result<Vec<_>, _>>()?;
    let quoted = Shown::from(quoted::table()?);
    let mut files = vec![
        ("index.html".to_owned(), page(&sections, &quoted)?),
        ("report.md".to_owned(), markdown(&sections, &quoted)),
        ("samples.csv".to_owned(), samples(results)),
    ];
    for section in &sections {
        for Shown { table, .. } in &section.tables {
            let name = format!("tables/{}-{}", section.name, table.name);
            files.push((format!("{name}.tex"), table.latex()));
            files.push((format!("{name}.csv"), table.csv()));
        }
        for chart in &section.charts {
            let name = format!("figures/{}-{}.svg", section.name, chart.name);
            files.push((name, chart.svg.clone()));
        }
    }
    files.push(("tables/quoted.tex".to_owned(), quoted.table.latex()));
    files.push(("tables/quoted.csv".to_owned(), quoted.table.csv()));
    for (name, content) in &files {
        write_file(&folder.join(name), content)?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Writes a file in one step, and its folder.
pub(super) fn write_file(path: &Path, content: &str) -> Result<(), SummaryError> {
    let wrong = |problem: String| SummaryError::Write {
        path: path.to_path_buf(),
        problem,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
    }
    write_atomically(path, &[content.as_bytes()], false, Existing::Replace)
        .map_err(|problem| wrong(problem.to_string()))
}

fn page(sections: &[Section<'_>], quoted: &Shown) -> Result<String, SummaryError> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.add_template("style.css", STYLE)?;
    templates.add_template("summary.css", include_str!("summary.css"))?;
    templates.add_template("page", include_str!("page.html"))?;
    Ok(templates
        .get_template("page")?
        .render(context! { sections, quoted, legend => LEGEND })?)
}

fn markdown(sections: &[Section<'_>], quoted: &Shown) -> String {
    let mut out = String::from("# Results of blindproof experiments\n");
    for section in sections {
        out += &format!("\n## {}\n\n{}\n", section.name, section.question);
        for chart in &section.charts {
            out += &format!(
                "\n![{}](figures/{}-{}.svg)\n\n{}\n",
                chart.name, section.name, chart.name, chart.caption
            );
        }
        for Shown { table, .. } in &section.tables {
            out += &format!("\n### {}\n\n{}", table.title, table.markdown());
        }
    }
    out + &format!("\n## {}\n\n{}", quoted.table.title, quoted.table.markdown())
}

/// Every sample of every quantity, one a line.
fn samples(results: &[Results]) -> String {
    let mut lines = vec![
        "experiment,cell,model,system,parameters,subject,metric,unit,origin,repetition,value"
            .to_owned(),
    ];
    for record in results.iter().flat_map(|results| &results.records) {
        let cell = &record.cell;
        for quantity in &record.quantities {
            let origin = match &quantity.provenance {
                Provenance::Measured => "measured".to_owned(),
                Provenance::Predicted(source) => format!("predicted: {source}"),
                Provenance::Quoted(source) => format!("quoted: {source}"),
            };
            // The name in results.jsonl.
            let metric = serde_json::to_value(quantity.metric).unwrap_or_default();
            for (repetition, value) in quantity.samples.iter().enumerate() {
                let fields = [
                    &record.experiment,
                    &record.id,
                    &cell.workload.to_string(),
                    cell.system.name(),
                    cell.parameters.as_deref().unwrap_or_default(),
                    &quantity.subject,
                    metric.as_str().unwrap_or_default(),
                    quantity.metric.unit(),
                    &origin,
                    &repetition.to_string(),
                    &value.to_string(),
                ];
                lines.push(fields.map(csv_field).join(","));
            }
        }
    }
    lines.join("\n") + "\n"
}

//! Tables that can be written as Markdown, LaTeX and CSV, and shown on a page.

use serde::Serialize;

use super::statistics::Spread;
use crate::grid::record::{Metric, Provenance, Quantity};
use crate::report::format;

/// Where a number comes from, for its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Measured by this program; no mark.
    Measured,
    /// Computed from a model or a theorem.
    Predicted,
    /// Somebody else's figure.
    Quoted,
}

impl Origin {
    /// Marks behind numbers, on pages and in texts.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Measured => "",
            Self::Predicted => "*",
            Self::Quoted => "†",
        }
    }
}

/// The sentence that explains the marks.
pub const LEGEND: &str = "Numbers without a mark are measured; * predicted by a model or proven by a theorem; † quoted from others.";

/// One field of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// What is shown, without the mark.
    pub text: String,
    /// The number in its base unit; `None` for words.
    pub value: Option<f64>,
    /// Where the number comes from.
    pub origin: Origin,
    /// More about the number: its spread, its source.
    pub note: String,
}

impl Entry {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: None,
            origin: Origin::Measured,
            note: String::new(),
        }
    }

    /// Nothing is known.
    pub fn nothing() -> Self {
        Self::text("–")
    }

    /// A number that follows from measured ones.
    pub fn derived(value: f64, text: String) -> Self {
        Self {
            text,
            value: Some(value),
            origin: Origin::Measured,
            note: String::new(),
        }
    }

    /// The median of a quantity.
    pub fn quantity(quantity: Option<&Quantity>) -> Self {
        let Some((quantity, spread)) =
            quantity.and_then(|quantity| Some((quantity, Spread::of(&quantity.samples)?)))
        else {
            return Self::nothing();
        };
        let (origin, source) = match &quantity.provenance {
            Provenance::Measured => (Origin::Measured, String::new()),
            Provenance::Predicted(source) => (Origin::Predicted, format!("; {source}")),
            Provenance::Quoted(source) => (Origin::Quoted, format!("; {source}")),
        };
        let text = |value| number(quantity.metric, value);
        let range = match spread.count {
            1 => "1 sample".to_owned(),
            count => format!(
                "{} to {}, {count} samples",
                text(spread.min),
                text(spread.max)
            ),
        };
        Self {
            text: text(spread.median),
            value: Some(spread.median),
            origin,
            note: range + &source,
        }
    }

    fn marked(&self) -> String {
        format!("{}{}", self.text, self.origin.mark())
    }
}

/// A number with its unit.
pub fn number(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Wall | Metric::Cpu => format::seconds(value),
        Metric::Peak | Metric::Bytes => format::bytes(value.max(0.0) as u64),
        Metric::Bits => format!("{value:.1}"),
        Metric::Log2Probability => probability(value),
        Metric::Share => percent(value),
        Metric::Count => format::count(value.max(0.0) as u64),
    }
}

/// A probability by its logarithm: large ones as such, small ones as a power of two.
pub fn probability(log2: f64) -> String {
    if log2 > -10.0 {
        format!("{:.3}", log2.exp2())
    } else {
        format!("2^{log2:.1}")
    }
}

/// A share with one decimal.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A factor with two digits.
pub fn factor(value: f64) -> String {
    match value {
        v if v >= 9999.5 => {
            let power = v.log10().floor();
            format!("{:.1}·10^{power:.0}×", v / 10f64.powf(power))
        }
        v if v >= 99.5 => format!("{v:.0}×"),
        v if v >= 9.95 => format!("{v:.1}×"),
        v => format!("{v:.2}×"),
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Name of files and markers.
    pub name: String,
    /// Title.
    pub title: String,
    /// What a reader must know.
    pub note: String,
    /// Names of columns, with units where numbers do not carry them.
    pub header: Vec<String>,
    /// One entry for each column.
    pub rows: Vec<Vec<Entry>>,
}

impl Table {
    /// A table without rows.
    pub fn new(name: &str, title: &str, note: &str, header: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            note: note.to_owned(),
            header: header.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Leaves out columns that say nothing in any row, and, from `fixed` columns on the left, those that say the same in all of
    /// several rows.
    pub fn compact(mut self, fixed: usize) -> Self {
        let empty = Entry::nothing();
        let keep: Vec<bool> = (0..self.header.len())
            .map(|column| {
                let says = self.rows.iter().any(|row| row[column] != empty);
                let differs = self
                    .rows
                    .iter()
                    .any(|row| row[column] != self.rows[0][column]);
                says && (column >= fixed || differs || self.rows.len() < 2)
            })
            .collect();
        let kept = |index: &usize| keep[*index];
        self.header = (0..self.header.len())
            .filter(kept)
            .map(|i| self.header[i].clone())
            .collect();
        for row in &mut self.rows {
            *row = (0..row.len())
                .filter(kept)
                .map(|i| row[i].clone())
                .collect();
        }
        self
    }

    /// For each column whether it has numbers.
    pub fn numeric(&self) -> impl Iterator<Item = bool> {
        (0..self.header.len()).map(|column| {
            let mut entries = self.rows.iter().map(|row| &row[column]);
            entries.any(|entry| entry.value.is_some())
        })
    }

    fn has_marks(&self) -> bool {
        let mut entries = self.rows.iter().flatten();
        entries.any(|entry| entry.origin != Origin::Measured)
    }

    /// GitHub's Markdown.
    pub fn markdown(&self) -> String {
        let escape = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = line(self.header.iter().map(|name| escape(name)).collect());
        let numeric = |column: usize| {
            let mut entries = self.rows.iter().map(|row| &row[column]);
            entries.any(|entry| entry.value.is_some())
        };
        let rule = |column| if numeric(column) { "---:" } else { "---" };
        out += &line((0..self.header.len()).map(|c| rule(c).to_owned()).collect());
        for row in &self.rows {
            // A mark would begin emphasis.
            out += &line(
                row.iter()
                    .map(|e| escape(&e.marked()).replace('*', "\\*"))
                    .collect(),
            );
        }
        if !self.note.is_empty() {
            out += &format!("\n{}\n", self.note);
        }
        if self.has_marks() {
            out += &format!("\n{}\n", LEGEND.replace("* ", "\\* "));
        }
        out
    }

    /// A LaTeX `table` with booktabs rules.
    pub fn latex(&self) -> String {
        let columns = "l".repeat(self.header.len());
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let head = line(self.header.iter().map(|name| latex(name)).collect());
        let body: String = self
            .rows
            .iter()
            .map(|row| line(row.iter().map(|entry| latex(&entry.marked())).collect()))
            .collect();
        let legend = if self.has_marks() { LEGEND } else { "" };
        format!(
            "% Made by `blindproof report`; needs \\usepackage{{booktabs}}.\n\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\label{{tab:{}}}\n\
             \\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\\midrule\n{body}\\bottomrule\n\\end{{tabular}}\n\n{{\\footnotesize {} {}}}\n\\end{{table}}\n",
            latex(&self.title),
            self.name,
            latex(&self.note),
            latex(legend)
        )
    }

    /// CSV: numbers in base units (seconds, bytes, shares), and for each column with marks one that names the origin.
    pub fn csv(&self) -> String {
        let marked: Vec<bool> = (0..self.header.len())
            .map(|column| {
                let mut entries = self.rows.iter().map(|row| &row[column]);
                entries.any(|entry| entry.origin != Origin::Measured)
            })
            .collect();
        let mut out = Vec::new();
        let header = self.header.iter().zip(&marked).flat_map(|(name, marked)| {
            let origin = marked.then(|| csv_field(&format!("{name} (origin)")));
            std::iter::once(csv_field(name)).chain(origin)
        });
        out.push(header.collect::<Vec<_>>().join(","));
        for row in &self.rows {
            let fields = row.iter().zip(&marked).flat_map(|(entry, marked)| {
                let field = match entry.value {
                    Some(value) => value.to_string(),
                    None if *entry == Entry::nothing() => String::new(),
                    None => csv_field(&entry.text),
                };
                let origin = marked.then(|| match entry.origin {
                    _ if field.is_empty() => String::new(),
                    Origin::Measured => "measured".to_owned(),
                    Origin::Predicted => "predicted".to_owned(),
                    Origin::Quoted => "quoted".to_owned(),
                });
                std::iter::once(field).chain(origin)
            });
            out.push(fields.collect::<Vec<_>>().join(","));
        }
        out.join("\n") + "\n"
    }
}

/// A field of a CSV file; in quotes where needed.
pub fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Text for LaTeX.
fn latex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '\\' => out += "\\textbackslash{}",
            '~' => out += "\\textasciitilde{}",
            '^' => out += "\\textasciicircum{}",
            '–' => out += "--",
            '×' => out += "$\\times$",
            '·' => out += "$\\cdot$",
            'µ' => out += "\\textmu{}",
            '†' => out += "\\textdagger{}",
            '<' => out += "\\textless{}",
            '>' => out += "\\textgreater{}",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(
            "costs",
            "A & B",
            "50 % of a_b",
            &["who", "always", "time", "none"],
        );
        for (who, seconds) in [("x|y, \"z\"", 1.5), ("w", 0.25)] {
            let quantity = Quantity {
                subject: "prove".into(),
                metric: Metric::Wall,
                provenance: Provenance::Predicted("a model".into()),
                samples: vec![seconds, seconds + 1.0, seconds - 0.1],
            };
            table.rows.push(vec![
                Entry::text(who),
                Entry::text("same"),
                Entry::quantity(Some(&quantity)),
                Entry::nothing(),
            ]);
        }
        table
    }

    #[test]
    fn columns_that_say_nothing_are_left_out() {
        assert_eq!(table().compact(2).header, ["who", "time"]);
        assert_eq!(table().compact(0).header, ["who", "always", "time"]);
    }

    #[test]
    fn markdown_latex_and_csv_escape_and_mark() {
        let table = table().compact(2);
        let markdown = table.markdown();
        assert!(
            markdown.contains("| x\\|y, \"z\" | 1.50 s\\* |"),
            "{markdown}"
        );
        assert!(markdown.contains("| --- | ---: |") && markdown.contains("\\* predicted"));
        let latex = table.latex();
        assert!(
            latex.contains("\\caption{A \\& B}") && latex.contains("50 \\% of a\\_b"),
            "{latex}"
        );
        assert!(latex.contains("\\toprule") && latex.contains("\\label{tab:costs}"));
        let csv = table.csv();
        assert_eq!(
            csv,
            "who,time,time (origin)\n\"x|y, \"\"z\"\"\",1.5,predicted\nw,0.25,predicted\n"
        );
        assert!(table.rows[0][1].note.contains("3 samples; a model"));
    }

    #[test]
    fn numbers_have_units() {
        assert_eq!(number(Metric::Bytes, 961_472.0), "939 KiB");
        assert_eq!(number(Metric::Log2Probability, -1.0), "0.500");
        assert_eq!(number(Metric::Log2Probability, -137.3), "2^-137.3");
        assert_eq!(number(Metric::Share, 0.9832), "98.3 %");
        assert_eq!(factor(3.217), "3.22×");
        assert_eq!(factor(123.4), "123×");
        assert_eq!(factor(12_345.0), "1.2·10^4×");
    }
}

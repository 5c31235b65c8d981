//! `blindproof compare A B`: what changed between two results, and whether it can be chance.
//!
//! Cells are the same when all their settings are. A time or a peak of memory counts as changed when the exact Mann-Whitney test,
//! corrected by Holm for the number of such comparisons, is below [`LEVEL`]; everything else when it is not equal.

use serde::Serialize;

use super::labels::labels;
use super::statistics::{Spread, holm, mann_whitney};
use super::table::{Entry, Table, factor, number};
use crate::grid::record::{Metric, Outcome, Quantity, Record};

/// Level of significance, for all comparisons together.
pub const LEVEL: f64 = 0.05;

/// What is said of one quantity of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Significantly smaller in B.
    Less,
    /// Significantly larger in B.
    More,
    /// No significant change.
    Same,
    /// Even complete separation would not be significant: too few repetitions for so many comparisons.
    TooFew,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Less => "less",
            Self::More => "MORE",
            Self::Same => "no significant change",
            Self::TooFew => "too few repetitions to tell",
        }
    }
}

/// One quantity in both results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Name of the cell.
    pub cell: String,
    /// Identity of the cell.
    pub id: String,
    /// What it is of.
    pub subject: String,
    /// What it is.
    pub metric: Metric,
    /// Median in A.
    pub a: f64,
    /// Median in B.
    pub b: f64,
    /// p-value after correction; `None` for quantities without chance.
    pub p: Option<f64>,
    /// What it means.
    pub verdict: Verdict,
}

/// Two results, cell by cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What differs between the two as a whole: machines, versions, commits.
    pub circumstances: Vec<String>,
    /// Cells of A that B does not have, measured.
    pub only_a: Vec<String>,
    /// Cells of B that A does not have, measured.
    pub only_b: Vec<String>,
    /// Every quantity of every common cell.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// Compares the measured cells of two results.
    pub fn new(a: &[Record], b: &[Record]) -> Self {
        let measured = |records: &[Record]| -> Vec<Record> {
            let ok = records
                .iter()
                .filter(|record| record.outcome == Outcome::Measured);
            ok.cloned().collect()
        };
        let (a, b) = (measured(a), measured(b));
        let all: Vec<&Record> = a.iter().chain(&b).collect();
        let names = labels(&all);
        let name = |record: &Record| {
            let place = all.iter().position(|other| other.id == record.id);
            place.map_or(String::new(), |place| names[place].clone())
        };
        let missing = |from: &[Record], to: &[Record]| -> Vec<String> {
            let lacks = |record: &&Record| to.iter().all(|other| other.id != record.id);
            from.iter().filter(lacks).map(name).collect()
        };
        let mut tests = Vec::new();
        let mut changes = Vec::new();
        for one in &a {
            let Some(other) = b.iter().find(|other| other.id == one.id) else {
                continue;
            };
            for quantity in &one.quantities {
                if let Some(same) = other.find(&quantity.subject, quantity.metric) {
                    let change = change(name(one), &one.id, quantity, same);
                    if let Some((change, test)) = change {
                        tests.extend(test.map(|test| (changes.len(), test)));
                        changes.push(change);
                    }
                }
            }
        }
        let p_values: Vec<f64> = tests.iter().map(|(_, test)| test.p).collect();
        let count = tests.len() as f64;
        for ((place, test), p) in tests.iter().zip(holm(&p_values)) {
            let change: &mut Change = &mut changes[*place];
            change.p = Some(p);
            change.verdict = match () {
                () if p < LEVEL && change.b < change.a => Verdict::Less,
                () if p < LEVEL && change.b > change.a => Verdict::More,
                () if test.smallest * count >= LEVEL => Verdict::TooFew,
                () => Verdict::Same,
            };
        }
        Self {
            circumstances: circumstances(&a, &b),
            only_a: missing(&a, &b),
            only_b: missing(&b, &a),
            changes,
        }
    }

    /// Changed quantities first; with `all`, also those that did not change.
    pub fn table(&self, all: bool) -> Table {
        let mut table = Table::new(
            "comparison",
            "What changed",
            "Medians; p: exact two-sided Mann-Whitney, Holm-corrected over all times and peaks compared. Lengths, shares and probabilities are \
             compared exactly.",
            &["cell", "of", "what", "A", "B", "B / A", "p", "verdict"],
        );
        let changed = |change: &&Change| matches!(change.verdict, Verdict::Less | Verdict::More);
        let first = self.changes.iter().filter(changed);
        let rest = self.changes.iter().filter(|change| all && !changed(change));
        for change in first.chain(rest) {
            let value = |v| Entry::derived(v, number(change.metric, v));
            let ratio = match change.a == 0.0 {
                true => Entry::nothing(),
                false => Entry::derived(change.b / change.a, factor(change.b / change.a)),
            };
            let metric = serde_json::to_value(change.metric).unwrap_or_default();
            table.rows.push(vec![
                Entry::text(change.cell.clone()),
                Entry::text(change.subject.clone()),
                Entry::text(metric.as_str().unwrap_or_default()),
                value(change.a),
                value(change.b),
                ratio,
                change
                    .p
                    .map_or(Entry::nothing(), |p| Entry::derived(p, format!("{p:.3}"))),
                Entry::text(change.verdict.words()),
            ]);
        }
        table
    }
}

/// A test before correction.
struct Test {
    p: f64,
    /// The smallest p-value that so many samples can give.
    smallest: f64,
}

fn change(cell: String, id: &str, a: &Quantity, b: &Quantity) -> Option<(Change, Option<Test>)> {
    let (spread_a, spread_b) = (Spread::of(&a.samples)?, Spread::of(&b.samples)?);
    let noisy = a.metric.is_noisy();
    let verdict = match spread_b.median.total_cmp(&spread_a.median) {
        _ if noisy => Verdict::Same,
        std::cmp::Ordering::Less => Verdict::Less,
        std::cmp::Ordering::Equal => Verdict::Same,
        std::cmp::Ordering::Greater => Verdict::More,
    };
    let test = noisy.then(|| {
        let separate = |count: usize, start: f64| -> Vec<f64> {
            (0..count).map(|i| start + i as f64).collect()
        };
        let (n, m) = (a.samples.len(), b.samples.len());
        Test {
            p: mann_whitney(&a.samples, &b.samples),
            smallest: mann_whitney(&separate(n, 0.0), &separate(m, n as f64)),
        }
    });
    let change = Change {
        cell,
        id: id.to_owned(),
        subject: a.subject.clone(),
        metric: a.metric,
        a: spread_a.median,
        b: spread_b.median,
        p: None,
        verdict,
    };
    Some((change, test))
}

fn circumstances(a: &[Record], b: &[Record]) -> Vec<String> {
    let (Some(one), Some(other)) = (a.first(), b.first()) else {
        return Vec::new();
    };
    let (one, other) = (&one.environment, &other.environment);
    let pairs = [
        ("processor", one.host.cpu.clone(), other.host.cpu.clone()),
        (
            "cores",
            one.host.cores.to_string(),
            other.host.cores.to_string(),
        ),
        ("system", one.host.os.clone(), other.host.os.clone()),
        ("version", one.version.clone(), other.version.clone()),
        ("commit", one.git_commit.clone(), other.git_commit.clone()),
    ];
    let differs = pairs.into_iter().filter(|(_, a, b)| a != b);
    differs
        .map(|(what, a, b)| format!("{what}: A {a}, B {b}"))
        .collect()
}

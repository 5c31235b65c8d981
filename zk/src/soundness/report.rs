//! Named terms and their sum.

use super::{Config, InterleavedParameters, Regime};
use crate::argument::point_vars;
use crate::multilinear::num_vars;
use crate::stack::Layout;

/// A lower bound for `log2 |K|` (it is 192 minus `10^-9`), as the `p3` formulas use.
pub(crate) const FIELD_BITS: f64 = 191.0;

/// One source of error.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What can go wrong.
    pub name: String,
    /// `-log2` of its probability, grinding included.
    pub bits: f64,
    /// Of these, bits that are proof of work.
    pub grinding: u32,
    /// The theorem.
    pub source: &'static str,
}

impl Term {
    pub(crate) fn new(name: impl Into<String>, bits: f64, source: &'static str) -> Self {
        Self {
            name: name.into(),
            bits,
            grinding: 0,
            source,
        }
    }
}

/// `-log2` of the sum of the terms' probabilities.
pub(crate) fn total(terms: &[Term]) -> f64 {
    -terms.iter().map(|t| (-t.bits).exp2()).sum::<f64>().log2()
}

/// Every error term of one proof.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundnessReport {
    /// All terms.
    pub terms: Vec<Term>,
    /// Regime of the proximity terms.
    pub regime: Regime,
    /// Level that was required.
    pub level: u32,
}

impl SoundnessReport {
    pub(crate) fn new(
        config: &Config,
        layout: &Layout,
        claims: usize,
        caller: &[Term],
        parameters: &InterleavedParameters,
    ) -> Self {
        let mut terms = caller.to_vec();
        let vars = point_vars(layout, parameters.log_rows);
        terms.extend(argument_terms(layout, claims, vars));
        terms.extend(parameters.terms(num_vars(layout.shards()), vars - parameters.log_rows));
        Self {
            terms,
            regime: config.regime,
            level: config.level,
        }
    }

    /// Bits of the whole argument: the union bound over the terms.
    #[must_use]
    pub fn total_bits(&self) -> f64 {
        total(&self.terms)
    }

    /// The largest error.
    #[must_use]
    pub fn binding_term(&self) -> Option<&Term> {
        self.terms.iter().min_by(|a, b| a.bits.total_cmp(&b.bits))
    }
}

impl core::fmt::Display for SoundnessReport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        writeln!(
            f,
            "soundness {:.1} bits, {}",
            self.total_bits(),
            self.regime
        )?;
        for Term {
            name,
            bits,
            grinding,
            source,
        } in &self.terms
        {
            writeln!(f, "  {bits:6.1}  {name} ({source}; grinding {grinding})")?;
        }
        Ok(())
    }
}

/// `-log2(count / |K|)`, the bits of an error of `count` in the size of the field.
#[must_use]
pub fn over_field(count: f64) -> f64 {
    FIELD_BITS - count.max(1.0).log2()
}

/// The terms of everything but the commitment.
fn argument_terms(layout: &Layout, claims: usize, vars: usize) -> Vec<Term> {
    let mut terms = Vec::new();
    let checked = (0..layout.shards()).filter(|&shard| layout.lookups(shard) > 0);
    let lookups: usize = checked.clone().map(|shard| layout.lookups(shard)).sum();
    let mut batched = claims as f64;
    if lookups > 0 {
        let entries = (lookups + layout.table_entries()) as f64;
        terms.push(Term::new(
            "range: lookup identity",
            over_field(entries),
            "2022/1530 Lemma 3",
        ));
        let tables = num_vars(layout.table_entries()) as f64;
        // Layer i: at most i rounds of degree 2 and two random combinations; the first point.
        let errors = |depth: f64| depth * (depth - 1.0) + 2.0 * depth + 4.0;
        let elements = checked
            .clone()
            .map(|shard| errors(layout.num_vars(shard) as f64));
        for (name, errors) in [
            ("elements of all shards", elements.sum()),
            ("tables", errors(tables)),
        ] {
            let name = format!("range: fractional sum over {name}");
            terms.push(Term::new(
                name,
                over_field(errors),
                "eprint 2023/1284, section 3",
            ));
        }
        batched += checked.count() as f64 + 1.0;
    }
    terms.push(Term::new(
        "claim batching",
        over_field(batched),
        "Schwartz-Zippel",
    ));
    terms.push(Term::new(
        "opening sumcheck",
        over_field(2.0 * vars as f64),
        "LFKN 1992",
    ));
    terms
}

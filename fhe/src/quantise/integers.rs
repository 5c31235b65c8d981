//! Integer weights and biases of a stage, and their proven range.

use super::QuantiseError;
use super::graph::{Reading, Row, Stage};
use super::scale::{GUARD_DEVIATIONS, Scales, WirePlan};

/// Units tried for a group of rows, besides the smallest one.
const UNIT_CANDIDATES: usize = 8;

/// Most times that the unit of a group is widened.
const MAX_ROUNDS: usize = 200;

/// From this weight on, a wider unit alone makes weights smaller; with coarser ones, inputs must take less of the torus.
const FINE_WEIGHT: i64 = 16;

/// A row of integers: `sum w v 2^(B - bits of v's wire) + bias`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IntegerRow {
    /// Wire, feature, weight.
    pub(super) weights: Vec<(usize, usize, i64)>,
    pub(super) bias: i64,
    /// Proven range, bias included.
    pub(super) low: i64,
    /// See `low`.
    pub(super) high: i64,
    /// Variance of the noise that the inputs bring, relative to the torus.
    pub(super) variance: f64,
}

/// Integer rows of a stage or of the output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IntegerRows {
    pub(super) rows: Vec<IntegerRow>,
    /// Bits of the sums.
    pub(super) bits: u32,
    /// Real value of a step of the sums, for each group.
    pub(super) step: Vec<f64>,
    /// Integer that stands for 0, for each group.
    pub(super) zero: Vec<i64>,
}

/// How sums may lie on the torus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the half from `-half box` on, centred. Bits of the table.
    Half(u32),
    /// In the whole torus, for a table that tells its halves apart.
    Threshold,
    /// In the whole torus, at decryption, where 0 stands for itself.
    Signed,
    /// Table index `2^bits - 1` for a sum of 0.
    Exact(u32),
    /// In the whole torus, at decryption, where only differences count.
    Centred,
}

/// Why rows were not rounded.
#[derive(Debug)]
pub(super) enum Misfit {
    /// The units of the groups must be this many times wider, before amplitudes are chosen.
    Widen(Vec<f64>),
    /// There is no way.
    Impossible(QuantiseError),
}

/// How a group of rows is rounded.
#[derive(Debug, Clone, Copy)]
struct Layout {
    place: Place,
    /// Bits of the sums.
    bits: u32,
    /// The biases of a channel of a convolution stay equal.
    is_conv: bool,
}

/// Rounds rows with wires whose integers are known.
pub(super) struct Rounding<'a> {
    pub(super) scales: &'a Scales<'a>,
    pub(super) wires: &'a [WirePlan],
}

impl Rounding<'_> {
    /// The sums of a stage.
    pub(super) fn stage(&self, index: usize) -> Result<IntegerRows, Misfit> {
        let stage: &Stage = &self.scales.graph.stages[index];
        let table = self.scales.table_bits;
        let (place, least) = match stage.reading {
            Reading::Function(_) => (Place::Half(table), table + 2),
            Reading::Threshold => (Place::Threshold, 4),
            Reading::AllOf { bits } => (Place::Exact(bits), bits + 1),
        };
        let bits = self.bits(&stage.rows).max(least);
        let mut all = IntegerRows {
            rows: Vec::with_capacity(stage.rows.len()),
            bits,
            step: Vec::new(),
            zero: Vec::new(),
        };
        let layout = Layout {
            place,
            bits,
            is_conv: stage.conv.is_some(),
        };
        let mut factors = Vec::with_capacity(stage.groups);
        for group in 0..stage.groups {
            let rows = &stage.rows[stage.members(group)];
            let unit = self.scales.units[index][group];
            let unit = match place {
                Place::Half(_) => self.refine(rows, unit, table),
                Place::Threshold => self.even_weight(rows, unit),
                _ => unit,
            };
            factors.push(self.group(&stage.name, rows, unit, layout, &mut all)?);
        }
        all.or_widen(factors)
    }

    /// The logits. `common`: one scale for all, so that they can be compared.
    pub(super) fn output(&self, common: bool) -> Result<IntegerRows, Misfit> {
        let graph = self.scales.graph;
        let bits = self.bits(&graph.output);
        let mut all = IntegerRows {
            rows: Vec::new(),
            bits,
            step: Vec::new(),
            zero: Vec::new(),
        };
        let (name, units) = (&graph.output_name, &self.scales.output_units);
        let is_common = common && graph.output.len() > 1;
        let layout = Layout {
            place: if is_common {
                Place::Centred
            } else {
                Place::Signed
            },
            bits,
            is_conv: false,
        };
        let mut factors = Vec::new();
        if !is_common {
            for (row, &unit) in graph.output.iter().zip(units) {
                let rows = std::slice::from_ref(row);
                factors.push(self.group(name, rows, unit, layout, &mut all)?);
            }
        } else {
            let unit = units.first().copied().unwrap_or(1.0);
            let factor = self.group(name, &graph.output, unit, layout, &mut all)?;
            factors.resize(units.len(), factor);
        }
        all.or_widen(factors)
    }

    /// Bits of sums over these rows: those of the finest input.
    fn bits(&self, rows: &[Row]) -> u32 {
        let terms = rows.iter().flat_map(|row| &row.terms);
        terms
            .map(|term| self.wires[term.wire].bits)
            .max()
            .unwrap_or(16)
    }

    /// The integer weight of a term for a unit, before rounding.
    fn weight(&self, wire: usize, feature: usize, coefficient: f64, unit: f64) -> f64 {
        let plan = &self.wires[wire];
        if plan.constant[feature] {
            return 0.0;
        }
        coefficient * plan.scale[feature] * f64::from(plan.bits).exp2() / unit
    }

    /// A unit from `unit` on that makes the error of rounding, noise and reading smallest.
    fn refine(&self, rows: &[Row], unit: f64, table_bits: u32) -> f64 {
        let Some(row) = rows.iter().max_by_key(|row| row.terms.len()) else {
            return unit;
        };
        let weights: Vec<(f64, f64, f64)> = row
            .terms
            .iter()
            .map(|term| {
                let plan = &self.wires[term.wire];
                let seen = self.scales.statistics.wires[term.wire][term.feature].variance;
                // Variance of the integer, relative to the torus.
                let spread =
                    seen / (plan.scale[term.feature] * f64::from(plan.bits).exp2()).powi(2);
                let weight = self.weight(term.wire, term.feature, term.coefficient, unit);
                (weight, spread, plan.variance)
            })
            .collect();
        let reading =
            self.scales.noise.reading + (-2.0 * (f64::from(table_bits) + 1.0)).exp2() / 12.0;
        let error = |wider: f64| -> f64 {
            let sums: f64 = weights
                .iter()
                .map(|&(weight, spread, noise)| {
                    let rounded = (weight / wider).round();
                    (weight / wider - rounded).powi(2) * spread + rounded * rounded * noise
                })
                .sum();
            wider * wider * (sums + reading)
        };
        let largest = weights.iter().map(|w| w.0.abs()).fold(0.0, f64::max);
        let whole = (0..UNIT_CANDIDATES)
            .map(|i| largest.floor() - i as f64)
            .filter(|&weight| weight >= 1.0)
            .map(|weight| largest / weight);
        let best = [1.0]
            .into_iter()
            .chain(whole)
            .min_by(|&a, &b| error(a).total_cmp(&error(b)));
        unit * best.unwrap_or(1.0)
    }

    /// Rounds rows that share a table, widening the unit until the proven range fits. With coarse weights: by how much
    /// the unit should be wider before amplitudes are chosen; 1 if it fits.
    fn group(
        &self,
        name: &str,
        rows: &[Row],
        unit: f64,
        layout: Layout,
        all: &mut IntegerRows,
    ) -> Result<f64, Misfit> {
        let Layout { place, bits, .. } = layout;
        let scale = f64::from(bits).exp2();
        let mut unit = unit;
        for _ in 0..MAX_ROUNDS {
            let mut integers: Vec<IntegerRow> = self.round(rows, unit, layout);
            let low = integers.iter().map(|row| row.low).min().unwrap_or(0);
            let high = integers.iter().map(|row| row.high).max().unwrap_or(0);
            let variance = integers.iter().map(|row| row.variance).fold(0.0, f64::max);
            let reading = match place {
                Place::Half(_) | Place::Threshold => self.scales.noise.reading,
                _ => 0.0,
            };
            let guard = (GUARD_DEVIATIONS * (variance + reading).sqrt() * scale).ceil() as i64;
            let half = 1i64 << (bits - 1);
            let (shift, excess) = match place {
                Place::Half(table) => {
                    let half_box = 1i64 << (bits - table - 2);
                    let room = half - 1 - 2 * guard;
                    let shift = (half - 1 - (high - low)) / 2 - half_box - low;
                    (shift, ratio(high - low, room))
                }
                // The table's first half starts half a box, an eighth of the torus, below its index 0.
                Place::Threshold => (-(half >> 2), ratio(high.max(-low), half - 1 - guard)),
                Place::Signed => (0, ratio(high.max(-low), half - 1 - guard)),
                Place::Centred => {
                    let shift = -low.midpoint(high);
                    (shift, ratio((high - low) / 2 + 1, half - 1 - guard))
                }
                Place::Exact(table) => (((1i64 << table) - 1) << (bits - table - 1), 0.0),
            };
            if excess > 1.0 {
                // Weights of the input are fine; it is those of tables, where there are any, that lose by a wider unit.
                let from_tables = rows.iter().flat_map(|row| &row.terms).any(|t| t.wire > 0);
                let weights = integers.iter().flat_map(|row| &row.weights);
                let largest = weights
                    .filter(|weight| weight.0 > 0 || !from_tables)
                    .map(|weight| weight.2.abs())
                    .max()
                    .unwrap_or(0);
                if largest < FINE_WEIGHT {
                    return Ok(excess);
                }
                unit *= excess;
                continue;
            }
            let lost = |row: &Row, integer: &IntegerRow| {
                integer.weights.is_empty()
                    && row
                        .terms
                        .iter()
                        .any(|t| self.scales.statistics.wires[t.wire][t.feature].variance > 0.0)
            };
            if rows
                .iter()
                .zip(&integers)
                .all(|(row, integer)| lost(row, integer))
            {
                break;
            }
            for row in &mut integers {
                row.bias += shift;
                row.low += shift;
                row.high += shift;
            }
            all.rows.extend(integers);
            all.step.push(unit / scale);
            all.zero.push(shift);
            return Ok(1.0);
        }
        Err(Misfit::Impossible(self.impossible(name, rows)))
    }

    /// A unit from `unit` on for which the weight of a lone term is even: a threshold between two integers is then
    /// exact.
    fn even_weight(&self, rows: &[Row], unit: f64) -> f64 {
        let [Row { terms, .. }] = rows else {
            return unit;
        };
        let [term] = terms[..] else {
            return unit;
        };
        let weight = self
            .weight(term.wire, term.feature, term.coefficient, unit)
            .abs();
        if weight < 2.0 {
            return unit;
        }
        unit * weight / (2.0 * (0.5 * weight).floor())
    }

    pub(super) fn impossible(&self, name: &str, rows: &[Row]) -> QuantiseError {
        let terms = rows
            .iter()
            .map(|row| row.terms.len())
            .max()
            .unwrap_or(1)
            .max(1);
        QuantiseError::RangeImpossible {
            layer: name.to_owned(),
            needed: 2 + terms.ilog2() + self.scales.table_bits,
            available: self.scales.table_bits + 1,
            remedy: format!(
                "sums of {terms} values leave no room for weights: use fewer weight_bits, split the layer, \
                 or a parameter set with less noise"
            ),
        }
    }

    /// Integer rows for a unit. Unless sums are exact, biases take up the mean error of rounded weights.
    fn round(&self, rows: &[Row], unit: f64, layout: Layout) -> Vec<IntegerRow> {
        let bits = layout.bits;
        let steps = f64::from(bits).exp2() / unit;
        let mut rounded: Vec<(IntegerRow, f64)> = Vec::with_capacity(rows.len());
        let mut corrections = Vec::with_capacity(rows.len());
        for row in rows {
            let mut correction = 0.0;
            let mut constant = row.constant;
            let mut integer = IntegerRow {
                weights: Vec::new(),
                bias: 0,
                low: 0,
                high: 0,
                variance: 0.0,
            };
            for term in &row.terms {
                let plan = &self.wires[term.wire];
                let mean = self.scales.statistics.wires[term.wire][term.feature].mean;
                if plan.constant[term.feature] {
                    constant += term.coefficient * mean;
                    continue;
                }
                let offset = plan.offset[term.feature];
                constant += term.coefficient * offset;
                let weight = self.weight(term.wire, term.feature, term.coefficient, unit);
                let whole = weight.round();
                let real = unit * (weight - whole) * (-f64::from(plan.bits)).exp2();
                correction += real * (mean - offset) / plan.scale[term.feature];
                if whole == 0.0 {
                    continue;
                }
                integer.variance += whole * whole * plan.variance;
                let whole = whole as i64;
                let factor = whole << (bits - plan.bits);
                let ends = [plan.low[term.feature], plan.high[term.feature]].map(|v| factor * v);
                integer.low += ends[0].min(ends[1]);
                integer.high += ends[0].max(ends[1]);
                integer.weights.push((term.wire, term.feature, whole));
            }
            rounded.push((integer, constant));
            corrections.push(correction);
        }
        if matches!(layout.place, Place::Exact(_)) {
            corrections.fill(0.0);
        } else if layout.is_conv {
            let mean = corrections.iter().sum::<f64>() / rows.len() as f64;
            corrections.fill(mean);
        }
        rounded
            .into_iter()
            .zip(corrections)
            .map(|((mut integer, constant), correction)| {
                integer.bias = ((constant + correction) * steps).round() as i64;
                integer.low += integer.bias;
                integer.high += integer.bias;
                integer
            })
            .collect()
    }
}

impl IntegerRows {
    /// These rows if all groups fit.
    fn or_widen(self, factors: Vec<f64>) -> Result<Self, Misfit> {
        if factors.iter().all(|&factor| factor == 1.0) {
            Ok(self)
        } else {
            Err(Misfit::Widen(factors))
        }
    }
}

/// How many times too large a range is.
fn ratio(needed: i64, room: i64) -> f64 {
    if room <= 0 {
        return 2.0;
    }
    if needed <= room {
        1.0
    } else {
        (needed as f64 / room as f64).clamp(1.001, 2.0)
    }
}

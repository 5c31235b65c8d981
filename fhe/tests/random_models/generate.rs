//! Random networks that a bootstrap reads exactly.

use crate::network::{Conv, Layer, Network, Operation};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Insecure sets and the bits of their messages.
pub const SETS: [(&str, u32); 6] = [
    ("insecure_tiny", 2),
    ("insecure_message_4", 4),
    ("insecure_k2_l3_g2", 2),
    ("insecure_k1_l2_g4", 3),
    ("insecure_k3_l2_g1", 1),
    ("insecure_k1_b32_g2", 5),
];

/// Scale of the values that only the last layer reads.
const LAST_BITS: u32 = 11;

/// What is known of a wire while a network grows.
#[derive(Debug, Clone)]
struct Wire {
    bits: u32,
    ranges: Vec<(i64, i64)>,
    /// Channels, height, width.
    shape: Option<[usize; 3]>,
}

struct Growth<'a> {
    rng: &'a mut ChaCha8Rng,
    message_bits: u32,
    wires: Vec<Wire>,
    layers: Vec<Layer>,
}

/// A network for one of [`SETS`]: an input, one to three blocks of linear layers and tables, a linear layer.
pub fn network(rng: &mut ChaCha8Rng) -> Network {
    let (parameters, message_bits) = SETS[rng.gen_range(0..SETS.len())];
    let bits = rng.gen_range(2..=message_bits + 1);
    let shape = [
        rng.gen_range(1..=2),
        rng.gen_range(2..=4),
        rng.gen_range(2..=4),
    ];
    let features: usize = shape.iter().product();
    let ranges: Vec<(i64, i64)> = (0..features)
        .map(|_| {
            let low = rng.gen_range(-(1i64 << (bits - 1))..1);
            (low, rng.gen_range(low..low + (1 << (bits - 1))))
        })
        .collect();
    let input = Wire {
        bits,
        ranges: ranges.clone(),
        shape: Some(shape),
    };
    let mut growth = Growth {
        rng,
        message_bits,
        wires: vec![input],
        layers: Vec::new(),
    };
    growth.grow();
    Network {
        parameters,
        input_bits: bits,
        ranges,
        layers: growth.layers,
    }
}

impl Growth<'_> {
    fn grow(&mut self) {
        let blocks = self.rng.gen_range(1..=3);
        let mut last_reads = Vec::new();
        let mut current = 0;
        for block in 0..blocks {
            if block > 0 || self.rng.gen_bool(0.8) {
                current = self.linear(vec![current]);
            }
            if self.rng.gen_bool(0.5) {
                // The new sums, and what was there before.
                let coarse = |wire: &usize| self.wires[*wire].bits < LAST_BITS;
                let earlier: Vec<usize> = (0..current).filter(coarse).collect();
                let inputs = match (earlier.len(), self.rng.gen_bool(0.5)) {
                    (0, _) => vec![current],
                    (n, true) => vec![current, earlier[self.rng.gen_range(0..n)]],
                    (n, false) => vec![earlier[self.rng.gen_range(0..n)], current],
                };
                current = self.linear(inputs);
            }
            if self.rng.gen_bool(0.3) {
                last_reads.push(self.table(current, LAST_BITS + 1));
            }
            let bits = match block + 1 == blocks {
                true => LAST_BITS,
                false => self.rng.gen_range(2..=self.message_bits + 1),
            };
            current = self.table(current, bits);
        }
        last_reads.push(current);
        self.matrix(last_reads);
    }

    fn push(&mut self, inputs: Vec<usize>, operation: Operation, wire: Wire) -> usize {
        self.layers.push(Layer { inputs, operation });
        self.wires.push(wire);
        self.wires.len() - 1
    }

    /// A small weight, zero more often than others.
    fn weight(&mut self) -> i64 {
        self.rng.gen_range(-2i64..=2) * i64::from(self.rng.gen_bool(0.7))
    }

    fn linear(&mut self, inputs: Vec<usize>) -> usize {
        let shapes: Option<Vec<_>> = inputs.iter().map(|&i| self.wires[i].shape).collect();
        match shapes {
            Some(shapes)
                if self.rng.gen_bool(0.6) && shapes.iter().all(|s| s[1..] == shapes[0][1..]) =>
            {
                let channels = shapes.iter().map(|shape| shape[0]).sum();
                self.conv(inputs, [channels, shapes[0][1], shapes[0][2]])
            }
            _ => self.matrix(inputs),
        }
    }

    /// A dense or a sparse layer.
    fn matrix(&mut self, inputs: Vec<usize>) -> usize {
        let features = self.read(&inputs).1.len();
        let outputs = self.rng.gen_range(1..=6);
        let dense = self.rng.gen_bool(0.5);
        let most = if dense { 4 } else { 3 };
        let rows: Vec<Vec<(usize, i64)>> = (0..outputs)
            .map(|_| {
                let mut places: Vec<usize> =
                    (0..most).map(|_| self.rng.gen_range(0..features)).collect();
                places.sort_unstable();
                places.dedup();
                places.into_iter().map(|i| (i, self.weight())).collect()
            })
            .collect();
        let (ranges, bias) = self.sums(&inputs, &rows);
        let wire = Wire {
            ranges,
            bits: self.read(&inputs).0,
            shape: None,
        };
        let operation = if dense {
            let mut weights = vec![vec![0; features]; outputs];
            for (row, entries) in weights.iter_mut().zip(&rows) {
                for &(i, w) in entries {
                    row[i] = w;
                }
            }
            Operation::Dense { weights, bias }
        } else {
            Operation::Sparse { rows, bias }
        };
        self.push(inputs, operation, wire)
    }

    fn conv(&mut self, inputs: Vec<usize>, input: [usize; 3]) -> usize {
        let [channels, height, width] = input;
        let groups = match channels.is_multiple_of(2) && self.rng.gen_bool(0.5) {
            true => 2,
            false => 1,
        };
        let filters = groups * self.rng.gen_range(1..=2);
        let kernel = [
            self.rng.gen_range(1..=height.min(2)),
            self.rng.gen_range(1..=width.min(2)),
        ];
        let mut edge = |axis: usize| self.rng.gen_range(0..kernel[axis]);
        let padding = [edge(0), edge(1), edge(0), edge(1)];
        let stride = [self.rng.gen_range(1..=2), self.rng.gen_range(1..=2)];
        let weights = (0..filters)
            .map(|_| {
                let plane = |growth: &mut Self| -> Vec<Vec<i64>> {
                    (0..kernel[0])
                        .map(|_| (0..kernel[1]).map(|_| growth.weight()).collect())
                        .collect()
                };
                (0..channels / groups).map(|_| plane(self)).collect()
            })
            .collect();
        let mut conv = Conv {
            input,
            kernel: weights,
            bias: (0..filters).map(|_| self.rng.gen_range(-3..=3)).collect(),
            stride,
            padding,
            groups,
        };
        let [out_height, out_width] = conv.output_size();
        // Ranges of all outputs of a filter, from those of all inputs; zeros around the image count as well.
        let (bits, read) = self.read(&inputs);
        let low = read.iter().map(|range| range.0).min().unwrap_or(0).min(0);
        let high = read.iter().map(|range| range.1).max().unwrap_or(0).max(0);
        let mut ranges = Vec::new();
        for (filter, bias) in conv.kernel.iter().zip(&mut conv.bias) {
            let row: Vec<(usize, i64)> =
                filter.iter().flatten().flatten().map(|&w| (0, w)).collect();
            let (range, chosen) = self.shifted(interval(&row, &[(low, high)]), bits);
            *bias = chosen;
            ranges.extend(vec![range; out_height * out_width]);
        }
        let wire = Wire {
            bits,
            ranges,
            shape: Some([filters, out_height, out_width]),
        };
        self.push(inputs, Operation::Conv(conv), wire)
    }

    /// A table of all values of a wire.
    fn table(&mut self, input: usize, output_bits: u32) -> usize {
        let Wire {
            bits,
            ranges,
            shape,
        } = self.wires[input].clone();
        let size = 1i64 << (bits - 1);
        let channels = shape.map_or(1, |shape| shape[0]);
        let count = [1, channels, ranges.len()][self.rng.gen_range(0..3)];
        // Few bits are all used; of many, so few that the last layer cannot overflow.
        let most = if output_bits < LAST_BITS {
            1 << (output_bits - 1)
        } else {
            60
        };
        let tables: Vec<Vec<i64>> = (0..count)
            .map(|_| {
                (0..size)
                    .map(|_| self.rng.gen_range(-most..=most))
                    .collect()
            })
            .collect();
        let padded = ranges.iter().all(|&(low, high)| low >= 0 && high < size);
        let wire = Wire {
            bits: output_bits,
            ranges: vec![(-most, most); ranges.len()],
            shape,
        };
        let operation = Operation::Table {
            padded,
            tables,
            output_bits,
        };
        self.push(vec![input], operation, wire)
    }

    /// Scale and ranges of the values of some wires, one after the other.
    fn read(&self, inputs: &[usize]) -> (u32, Vec<(i64, i64)>) {
        let wires = || inputs.iter().map(|&i| &self.wires[i]);
        let bits = wires().map(|wire| wire.bits).max().unwrap_or(0);
        let ranges = wires().flat_map(|wire| {
            let unit = 1 << (bits - wire.bits);
            wire.ranges.iter().map(move |&(a, b)| (a * unit, b * unit))
        });
        (bits, ranges.collect())
    }

    /// Ranges of sums, and biases.
    fn sums(
        &mut self,
        inputs: &[usize],
        rows: &[Vec<(usize, i64)>],
    ) -> (Vec<(i64, i64)>, Vec<i64>) {
        let (bits, read) = self.read(inputs);
        let sums = rows
            .iter()
            .map(|row| self.shifted(interval(row, &read), bits));
        sums.unzip()
    }

    /// A bias, often one that moves the range to where a padded table can read it; the range with it.
    fn shifted(&mut self, (low, high): (i64, i64), bits: u32) -> ((i64, i64), i64) {
        let spare = (1i64 << (bits - 1)) - 1 - (high - low);
        let bias = match spare >= 0 && bits < LAST_BITS && self.rng.gen_bool(0.8) {
            true => self.rng.gen_range(0..=spare) - low,
            false => self.rng.gen_range(-3..=3),
        };
        ((low + bias, high + bias), bias)
    }
}

/// Smallest and largest sum.
fn interval(row: &[(usize, i64)], inputs: &[(i64, i64)]) -> (i64, i64) {
    let mut range = (0, 0);
    for &(i, w) in row {
        let (a, b) = (w * inputs[i].0, w * inputs[i].1);
        range = (range.0 + a.min(b), range.1 + a.max(b));
    }
    range
}

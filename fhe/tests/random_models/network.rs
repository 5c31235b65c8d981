//! Networks as plain data, and their evaluation on integers as one would do it by hand.

use serde_json::{Value, json};

/// A layer, and the wires it reads: 0 is the input, `i` the output of layer `i - 1`.
#[derive(Debug, Clone)]
pub struct Layer {
    pub inputs: Vec<usize>,
    pub operation: Operation,
}

#[derive(Debug, Clone)]
pub enum Operation {
    Dense {
        weights: Vec<Vec<i64>>,
        bias: Vec<i64>,
    },
    Sparse {
        rows: Vec<Vec<(usize, i64)>>,
        bias: Vec<i64>,
    },
    Conv(Conv),
    Table {
        padded: bool,
        tables: Vec<Vec<i64>>,
        output_bits: u32,
    },
}

/// Output channels x (input channels / groups) x height x width.
pub type Kernel = Vec<Vec<Vec<Vec<i64>>>>;

#[derive(Debug, Clone)]
pub struct Conv {
    /// Channels, height, width.
    pub input: [usize; 3],
    pub kernel: Kernel,
    pub bias: Vec<i64>,
    pub stride: [usize; 2],
    /// Above, left, below, right.
    pub padding: [usize; 4],
    pub groups: usize,
}

#[derive(Debug, Clone)]
pub struct Network {
    pub parameters: &'static str,
    pub input_bits: u32,
    /// Smallest and largest value of each feature.
    pub ranges: Vec<(i64, i64)>,
    pub layers: Vec<Layer>,
}

/// The integers on a wire; `v` stands for `v / 2^bits`.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub bits: u32,
    pub integers: Vec<i128>,
}

impl Network {
    /// The values of every wire.
    pub fn evaluate(&self, input: &[i64]) -> Vec<Values> {
        let mut wires = vec![Values {
            bits: self.input_bits,
            integers: input.iter().map(|&v| i128::from(v)).collect(),
        }];
        for layer in &self.layers {
            let bits = layer.inputs.iter().map(|&i| wires[i].bits).max().unwrap();
            let mut read = Vec::new();
            for &input in &layer.inputs {
                let unit = 1i128 << (bits - wires[input].bits);
                read.extend(wires[input].integers.iter().map(|v| v * unit));
            }
            wires.push(layer.operation.evaluate(&read, bits));
        }
        wires
    }

    /// The model file.
    pub fn json(&self) -> String {
        let layers = self.layers.iter().enumerate();
        let layers: Vec<Value> = layers
            .map(|(index, layer)| {
                let mut value = layer.operation.json();
                value["name"] = json!(format!("layer {index}"));
                value["inputs"] = json!(layer.inputs);
                value
            })
            .collect();
        json!({
            "format": 2, "name": "random", "parameters": self.parameters,
            "input": {
                "features": self.ranges.len(), "bits": self.input_bits, "ranges": self.ranges,
                "min": self.ranges.iter().map(|range| range.0).min(),
                "max": self.ranges.iter().map(|range| range.1).max(),
                "quantise": {"scale": [1.0], "offset": [0.0]}
            },
            "layers": layers,
            "output": {"kind": "values"}
        })
        .to_string()
    }
}

impl Operation {
    fn evaluate(&self, read: &[i128], bits: u32) -> Values {
        let product = |w: i64, v: i128| i128::from(w) * v;
        let (bits, integers) = match self {
            Self::Dense { weights, bias } => {
                let mut sums = Vec::new();
                for (row, &bias) in weights.iter().zip(bias) {
                    let mut sum = i128::from(bias);
                    for (i, &w) in row.iter().enumerate() {
                        sum += product(w, read[i]);
                    }
                    sums.push(sum);
                }
                (bits, sums)
            }
            Self::Sparse { rows, bias } => {
                let mut sums = Vec::new();
                for (row, &bias) in rows.iter().zip(bias) {
                    let mut sum = i128::from(bias);
                    for &(i, w) in row {
                        sum += product(w, read[i]);
                    }
                    sums.push(sum);
                }
                (bits, sums)
            }
            Self::Conv(conv) => (bits, conv.evaluate(read)),
            Self::Table {
                tables,
                output_bits,
                ..
            } => {
                let mut entries = Vec::new();
                for (feature, v) in read.iter().enumerate() {
                    let table = &tables[feature * tables.len() / read.len()];
                    // The table and its negative fill all 2^bits residues: every one is read exactly.
                    assert_eq!(table.len(), 1 << (bits - 1));
                    let index = v.rem_euclid(1 << bits) as usize;
                    entries.push(i128::from(if index < table.len() {
                        table[index]
                    } else {
                        -table[index - table.len()]
                    }));
                }
                (*output_bits, entries)
            }
        };
        Values { bits, integers }
    }

    fn json(&self) -> Value {
        match self {
            Self::Dense { weights, bias } => {
                json!({"type": "dense", "weights": weights, "bias": bias})
            }
            Self::Sparse { rows, bias } => json!({"type": "sparse", "rows": rows, "bias": bias}),
            Self::Conv(conv) => json!({
                "type": "conv", "input": conv.input, "kernel": conv.kernel, "bias": conv.bias,
                "stride": conv.stride, "padding": conv.padding, "groups": conv.groups
            }),
            Self::Table {
                padded,
                tables,
                output_bits,
            } => json!({
                "type": "lut", "mode": if *padded { "padded" } else { "negacyclic" },
                "tables": tables, "output_bits": output_bits
            }),
        }
    }
}

impl Conv {
    /// Height and width of the output.
    pub fn output_size(&self) -> [usize; 2] {
        let kernel = [self.kernel[0][0].len(), self.kernel[0][0][0].len()];
        [0, 1].map(|axis| {
            let padded = self.input[axis + 1] + self.padding[axis] + self.padding[axis + 2];
            (padded - kernel[axis]) / self.stride[axis] + 1
        })
    }

    fn evaluate(&self, read: &[i128]) -> Vec<i128> {
        let [channels, height, width] = self.input;
        let [top, left, below, right] = self.padding;
        // An image with its zeros around it.
        let (padded_height, padded_width) = (height + top + below, width + left + right);
        let mut padded = vec![vec![vec![0; padded_width]; padded_height]; channels];
        for (i, &v) in read.iter().enumerate() {
            let (channel, y, x) = (i / (height * width), i / width % height, i % width);
            padded[channel][y + top][x + left] = v;
        }
        let [out_height, out_width] = self.output_size();
        let (depth, filters) = (channels / self.groups, self.kernel.len() / self.groups);
        let mut sums = Vec::new();
        for (output, filter) in self.kernel.iter().enumerate() {
            let first = output / filters * depth;
            for y in 0..out_height {
                for x in 0..out_width {
                    let mut sum = i128::from(self.bias[output]);
                    for (c, plane) in filter.iter().enumerate() {
                        for (dy, row) in plane.iter().enumerate() {
                            for (dx, &w) in row.iter().enumerate() {
                                let place = (y * self.stride[0] + dy, x * self.stride[1] + dx);
                                sum += i128::from(w) * padded[first + c][place.0][place.1];
                            }
                        }
                    }
                    sums.push(sum);
                }
            }
        }
        sums
    }
}

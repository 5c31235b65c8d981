//! Convolutions and pooling.

use super::graph::Builder;
use super::reader::Reader;
use super::tensor::size;
use super::{FloatOperation, ImportError};
use ndarray::Array4;

/// How a window moves.
struct Window {
    stride: [usize; 2],
    padding: [usize; 4],
    output: [usize; 2],
}

impl Builder {
    /// Runs an operator of pictures; one of sequences `[channels, length]` as on pictures of height 1.
    pub(super) fn on_pictures(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        operator: impl FnOnce(&mut Self, usize) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let [channels, length] = self.shapes[input][..] else {
            return operator(self, input);
        };
        self.values_moved(reader, input, vec![channels, 1, length])?;
        operator(self, self.model.nodes.len())?;
        let node = self.model.nodes.len();
        match self.shapes[node][..] {
            [channels, 1, length] => self.values_moved(reader, node, vec![channels, length]),
            _ => Err(reader.error("its result is no sequence", "check its axes")),
        }
    }

    fn picture(&self, reader: Reader<'_>, input: usize) -> Result<[usize; 3], ImportError> {
        match self.shapes[input][..] {
            [c, h, w] => Ok([c, h, w]),
            ref shape => Err(reader.error(
                format!("its input has shape {shape:?}"),
                "use pictures [batch, channels, height, width]",
            )),
        }
    }

    fn window(
        reader: Reader<'_>,
        [height, width]: [usize; 2],
        kernel: [usize; 2],
    ) -> Result<Window, ImportError> {
        if reader.ints("dilations").iter().any(|&d| d != 1) {
            return Err(reader.error("dilations are not supported", "use dilation 1"));
        }
        let bad = || {
            reader.error(
                "its kernel, strides or pads do not fit its input",
                "use two axes, strides of at least 1 and pads below the kernel size",
            )
        };
        let stride: [usize; 2] = pair(reader.ints("strides"), 1)
            .filter(|s| !s.contains(&0))
            .ok_or_else(bad)?;
        let sizes = [height, width];
        let padding = match (reader.text("auto_pad").as_str(), reader.ints("pads")) {
            (mode @ ("SAME_UPPER" | "SAME_LOWER"), _) => {
                let mut padding = [0; 4];
                for axis in 0..2 {
                    let steps = sizes[axis].div_ceil(stride[axis]);
                    let total = ((steps - 1) * stride[axis])
                        .saturating_add(kernel[axis])
                        .saturating_sub(sizes[axis]);
                    let before = if mode == "SAME_UPPER" {
                        total / 2
                    } else {
                        total.div_ceil(2)
                    };
                    padding[axis] = before;
                    padding[axis + 2] = total - before;
                }
                padding
            }
            (_, []) => [0; 4],
            (_, &[before, after]) => {
                let pad = |p: i64| usize::try_from(p).map_err(|_| bad());
                [0, pad(before)?, 0, pad(after)?]
            }
            (_, pads) => {
                let pads: Option<Vec<usize>> =
                    pads.iter().map(|&p| usize::try_from(p).ok()).collect();
                pads.and_then(|p| <[usize; 4]>::try_from(p).ok())
                    .ok_or_else(bad)?
            }
        };
        let mut output = [0; 2];
        for axis in 0..2 {
            if padding[axis] >= kernel[axis] || padding[axis + 2] >= kernel[axis] {
                return Err(bad());
            }
            let span = (sizes[axis] + padding[axis] + padding[axis + 2])
                .checked_sub(kernel[axis])
                .ok_or_else(bad)?;
            if reader.int("ceil_mode", 0) != 0 && !span.is_multiple_of(stride[axis]) {
                return Err(reader.error("ceil_mode changes its size", "use ceil_mode=False"));
            }
            output[axis] = span / stride[axis] + 1;
        }
        Ok(Window {
            stride,
            padding,
            output,
        })
    }

    pub(super) fn conv(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let Some(weights) = self.constant(reader, 1)? else {
            return Err(reader.error("it has no kernel", "export the model again"));
        };
        let [channels, height, width] = self.picture(reader, input)?;
        let groups = usize::try_from(reader.int("group", 1)).unwrap_or(0);
        let [outputs, depth, kh, kw] = match weights.shape[..] {
            [outputs, depth, kh, kw] => [outputs, depth, kh, kw],
            [outputs, depth, length] => [outputs, depth, 1, length],
            _ => {
                return Err(reader.error(
                    format!("its kernel has shape {:?}", weights.shape),
                    "use convolutions of one or two dimensions",
                ));
            }
        };
        if groups == 0
            || !outputs.is_multiple_of(groups)
            || depth.checked_mul(groups) != Some(channels)
            || kh * kw == 0
        {
            return Err(reader.error(
                format!(
                    "kernel {:?} in {groups} groups does not fit {channels} channels",
                    weights.shape
                ),
                "check the shapes",
            ));
        }
        let kernel = weights.values.iter().map(|&v| v as f32).collect();
        let kernel = Array4::from_shape_vec((outputs, depth, kh, kw), kernel)
            .map_err(|e| reader.error(e.to_string(), "check the shapes"))?;
        let bias = self.constant(reader, 2)?.map_or(vec![0.0; outputs], |t| {
            t.values.iter().map(|&v| v as f32).collect()
        });
        if bias.len() != outputs {
            return Err(reader.error(
                format!("{} biases for {outputs} channels", bias.len()),
                "check the shapes",
            ));
        }
        let Window {
            stride,
            padding,
            output,
        } = Self::window(reader, [height, width], [kh, kw])?;
        let operation = FloatOperation::Conv {
            kernel,
            bias,
            stride,
            padding,
            groups,
        };
        self.push(
            reader,
            vec![input],
            vec![outputs, output[0], output[1]],
            operation,
        )
    }

    pub(super) fn max_pool(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let [channels, height, width] = self.picture(reader, input)?;
        let kernel = kernel(reader)?;
        let Window {
            stride,
            padding,
            output,
        } = Self::window(reader, [height, width], kernel)?;
        let operation = FloatOperation::MaxPool {
            kernel,
            stride,
            padding,
        };
        self.push(
            reader,
            vec![input],
            vec![channels, output[0], output[1]],
            operation,
        )
    }

    pub(super) fn average_pool(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let [_, height, width] = self.picture(reader, input)?;
        let kernel = kernel(reader)?;
        let window = Self::window(reader, [height, width], kernel)?;
        if window.padding != [0; 4] && reader.int("count_include_pad", 0) == 0 {
            return Err(reader.error(
                "its padding does not count",
                "use count_include_pad=True or no padding",
            ));
        }
        self.average(reader, input, (kernel, kernel[0] * kernel[1]), window)
    }

    /// Mean or sum of some axes: all of a flat value, or rows and columns of a picture.
    pub(super) fn reduce(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let shape = self.shapes[input].clone();
        let rank = shape.len() as i64 + 1;
        let axes = match self.constant(reader, 1)? {
            Some(axes) => axes.values.iter().map(|&a| a as i64).collect(),
            None => reader.ints("axes").to_vec(),
        };
        let mut axes: Vec<i64> = axes
            .iter()
            .map(|&a| if a < 0 { a + rank } else { a })
            .collect();
        axes.sort_unstable();
        let keep = reader.int("keepdims", 1) != 0;
        let mean = reader.0.op_type == "ReduceMean";
        match (&shape[..], &axes[..]) {
            (&[channels, height, width], [2, 3]) => {
                let window = Window {
                    stride: [1; 2],
                    padding: [0; 4],
                    output: [1; 2],
                };
                let count = if mean { height * width } else { 1 };
                self.average(reader, input, ([height, width], count), window)?;
                let pooled = self.model.nodes.len();
                let shape = if keep { vec![channels, 1, 1] } else { vec![channels] };
                self.values_moved(reader, pooled, shape)
            }
            (&[features], [1]) => {
                let share = if mean { 1.0 / features as f32 } else { 1.0 };
                let operation = FloatOperation::Affine {
                    weights: ndarray::Array2::from_elem((1, features), share),
                    bias: vec![0.0],
                };
                self.push(reader, vec![input], vec![1], operation)
            }
            _ => Err(reader.error(
                format!("axes {axes:?} of values of shape {shape:?} are not supported"),
                "reduce rows and columns of pictures (2 and 3), or all features of a flat value (1)",
            )),
        }
    }

    pub(super) fn global_average_pool(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let [_, height, width] = self.picture(reader, input)?;
        let window = Window {
            stride: [1; 2],
            padding: [0; 4],
            output: [1; 2],
        };
        self.average(reader, input, ([height, width], height * width), window)
    }

    fn average(
        &mut self,
        reader: Reader<'_>,
        input: usize,
        (kernel, divisor): ([usize; 2], usize),
        window: Window,
    ) -> Result<(), ImportError> {
        let channels = self.shapes[input][0];
        let shape = [channels, 1, kernel[0], kernel[1]];
        if size(&shape).is_none() {
            return Err(reader.error("its window is too large", "use a smaller one"));
        }
        let share = 1.0 / divisor as f32;
        let operation = FloatOperation::Conv {
            kernel: Array4::from_elem(shape, share),
            bias: vec![0.0; channels],
            stride: window.stride,
            padding: window.padding,
            groups: channels,
        };
        self.push(
            reader,
            vec![input],
            vec![channels, window.output[0], window.output[1]],
            operation,
        )
    }
}

fn kernel(reader: Reader<'_>) -> Result<[usize; 2], ImportError> {
    pair(reader.ints("kernel_shape"), 0)
        .filter(|k| !k.contains(&0) && k.iter().all(|&k| k < 1 << 16))
        .ok_or_else(|| {
            reader.error(
                "its kernel_shape is not two positive numbers",
                "use two-dimensional pooling",
            )
        })
}

/// Two numbers; the default for none.
fn pair(values: &[i64], default: usize) -> Option<[usize; 2]> {
    match *values {
        [] => Some([default; 2]),
        // One axis: rows of height 1.
        [a] => Some([1, usize::try_from(a).ok()?]),
        [a, b] => Some([usize::try_from(a).ok()?, usize::try_from(b).ok()?]),
        _ => None,
    }
}

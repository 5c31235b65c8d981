//! What the outputs of a network mean, where its file does not say.

use std::str::FromStr;

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::OutputKind;

use crate::data::samples::Samples;

/// What the outputs are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Task {
    /// What the file says. PyTorch's logits are not marked as such: with labels that are classes they are logits, else
    /// values.
    #[default]
    Automatic,
    /// Logits of classes; a single one is positive for class 1.
    Classes,
    /// Values.
    Values,
}

impl FromStr for Task {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Automatic),
            "classes" => Ok(Self::Classes),
            "values" => Ok(Self::Values),
            other => Err(format!(
                "'{other}' is not understood; write auto, classes or values"
            )),
        }
    }
}

impl Task {
    /// Says what the outputs of a network are.
    pub fn apply(self, model: &mut FloatModel, samples: &Samples) {
        let node = model.output.node;
        let shape = match node.checked_sub(1) {
            None => &model.input.shape,
            Some(node) => &model.nodes[node].shape,
        };
        let outputs: usize = shape.iter().product();
        let logits = match outputs {
            1 => OutputKind::Sign,
            _ => OutputKind::Argmax,
        };
        let classes = || match samples.classes() {
            Some(Ok(classes)) => classes.iter().all(|&class| class < outputs.max(2)),
            _ => false,
        };
        match (self, model.output.kind) {
            (Self::Values, _) => model.output.kind = OutputKind::Values,
            (Self::Classes, OutputKind::Values) => model.output.kind = logits,
            (Self::Automatic, OutputKind::Values) if classes() => model.output.kind = logits,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use blindproof_fhe::import::{FloatInput, FloatOutput};

    use super::*;

    fn kind(task: Task, outputs: usize, kind: OutputKind, labels: Option<&[f64]>) -> OutputKind {
        let mut model = FloatModel {
            name: "test".to_owned(),
            input: FloatInput {
                name: "x".to_owned(),
                shape: vec![outputs],
            },
            nodes: Vec::new(),
            output: FloatOutput {
                node: 0,
                kind,
                labels: Vec::new(),
            },
        };
        let samples = Samples {
            rows: vec![vec![0.0; outputs]; 3],
            shape: vec![outputs],
            labels: labels.map(<[f64]>::to_vec),
        };
        task.apply(&mut model, &samples);
        model.output.kind
    }

    #[test]
    fn labels_that_are_classes_make_logits() {
        use OutputKind::{Argmax, Sign, Values};
        let classes = Some(&[0.0, 2.0, 1.0][..]);
        assert_eq!(kind(Task::Automatic, 3, Values, classes), Argmax);
        assert_eq!(kind(Task::Automatic, 2, Values, classes), Values);
        assert_eq!(
            kind(Task::Automatic, 3, Values, Some(&[0.5, 1.0, 2.0])),
            Values
        );
        assert_eq!(kind(Task::Automatic, 3, Values, None), Values);
        assert_eq!(
            kind(Task::Automatic, 1, Values, Some(&[0.0, 1.0, 1.0])),
            Sign
        );
        assert_eq!(
            kind(Task::Automatic, 1, Values, Some(&[0.0, 7.0, 1.0])),
            Values
        );
        assert_eq!(kind(Task::Classes, 3, Values, None), Argmax);
        assert_eq!(kind(Task::Values, 3, Argmax, classes), Values);
        assert_eq!(kind(Task::Automatic, 3, Argmax, None), Argmax);
    }
}

//! A node of the file: its attributes, and errors that name it.

use super::ImportError;
use super::proto::{AttributeProto, NodeProto};
use super::tensor::Tensor;

/// A node of the file, for reading its attributes and for errors.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a NodeProto);

impl<'a> Reader<'a> {
    pub(super) fn name(self) -> &'a str {
        match self.0.name.as_str() {
            "" => self.0.output.first().map_or("", String::as_str),
            name => name,
        }
    }

    pub(super) fn error(self, problem: impl Into<String>, remedy: &str) -> ImportError {
        ImportError::Node {
            node: self.name().to_owned(),
            op: self.0.op_type.clone(),
            problem: problem.into(),
            remedy: remedy.to_owned(),
        }
    }

    fn attribute(self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|a| a.name == name)
    }

    pub(super) fn float(self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |a| a.f)
    }

    pub(super) fn int(self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |a| a.i)
    }

    pub(super) fn ints(self, name: &str) -> &'a [i64] {
        self.attribute(name).map_or(&[], |a| &a.ints)
    }

    pub(super) fn floats(self, name: &str) -> &'a [f32] {
        self.attribute(name).map_or(&[], |a| &a.floats)
    }

    pub(super) fn text(self, name: &str) -> String {
        self.attribute(name).map_or(String::new(), |a| {
            String::from_utf8_lossy(&a.s).into_owned()
        })
    }

    pub(super) fn tensor(self, name: &str) -> Result<Option<Tensor>, ImportError> {
        (self.attribute(name).and_then(|a| a.t.as_ref()))
            .map(Tensor::read)
            .transpose()
    }

    pub(super) fn strings(self, name: &str) -> Vec<String> {
        let text = |s: &Vec<u8>| String::from_utf8_lossy(s).into_owned();
        self.attribute(name)
            .map_or(Vec::new(), |a| a.strings.iter().map(text).collect())
    }

    /// Names of classes, numbers or texts.
    pub(super) fn labels(self, numbers: &str, texts: &str) -> Vec<String> {
        match self.strings(texts) {
            texts if !texts.is_empty() => texts,
            _ => self.ints(numbers).iter().map(i64::to_string).collect(),
        }
    }
}

//! Lists of kinds, layers and single operations.

use std::{collections::BTreeSet, fmt, str::FromStr};

use blindproof_fhe::program::{OperationKind, Program};

use super::{Rows, SelectionError, number, sample};

/// A list that selects the union of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    /// In the order of [`Item`], none twice, at most one for each node.
    items: BTreeSet<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// One kind of operation in every layer.
    Kind(OperationKind),
    /// All operations of one layer.
    Layer(usize),
    /// Some rows of one node.
    Node {
        node: usize,
        /// First and last row; rising, with a gap before the next range.
        ranges: Vec<(usize, usize)>,
    },
}

/// The kinds of a bootstrap, and their names in a selection.
const BOOTSTRAP: [OperationKind; 3] = [
    OperationKind::KeySwitch,
    OperationKind::ModulusSwitch,
    OperationKind::BlindRotation,
];

fn name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Linear => "linear",
        OperationKind::KeySwitch => "keyswitch",
        OperationKind::ModulusSwitch => "modswitch",
        OperationKind::BlindRotation => "blindrotation",
    }
}

impl Items {
    /// Whether every kind is listed, which is everything.
    pub(super) fn are_all_kinds(&self) -> bool {
        self.have(&OperationKind::ALL)
    }

    fn have(&self, kinds: &[OperationKind]) -> bool {
        kinds
            .iter()
            .all(|kind| self.items.contains(&Item::Kind(*kind)))
    }

    /// The rows of each node.
    pub(super) fn resolve(
        &self,
        program: &Program,
        images: usize,
    ) -> Result<Vec<Rows>, SelectionError> {
        let mut rows = vec![Rows::None; program.nodes.len()];
        // Nodes come last: a node that is already whole stays whole.
        for item in &self.items {
            match item {
                Item::Kind(kind) => {
                    for (rows, node) in rows.iter_mut().zip(&program.nodes) {
                        if node.kind() == *kind {
                            *rows = Rows::All;
                        }
                    }
                }
                Item::Layer(layer) => {
                    let layers = program.nodes.iter().map(|n| n.layer + 1).max().unwrap_or(0);
                    if *layer >= layers {
                        return Err(SelectionError::NoSuchLayer {
                            layer: *layer,
                            layers,
                        });
                    }
                    for (rows, node) in rows.iter_mut().zip(&program.nodes) {
                        if node.layer == *layer {
                            *rows = Rows::All;
                        }
                    }
                }
                Item::Node { node, ranges } => {
                    let total = program.operations(*node, images);
                    let Some(rows) = rows.get_mut(*node) else {
                        return Err(SelectionError::NoSuchNode {
                            node: *node,
                            nodes: program.nodes.len(),
                        });
                    };
                    if let Some((_, last)) = ranges.last().filter(|(_, last)| *last >= total) {
                        return Err(SelectionError::NoSuchRow {
                            node: *node,
                            row: *last,
                            rows: total,
                        });
                    }
                    if *rows == Rows::None {
                        let listed = ranges.iter().flat_map(|(first, last)| *first..=*last);
                        *rows = Rows::new(listed.collect(), total);
                    }
                }
            }
        }
        Ok(rows)
    }
}

impl FromStr for Items {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let mut items = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        for part in text.split(',') {
            if part == "bootstrap" {
                items.extend(BOOTSTRAP.map(Item::Kind));
                continue;
            }
            let item: Item = part.parse()?;
            if let Item::Node { node, .. } = item
                && !nodes.insert(node)
            {
                return Err(SelectionError::NodeTwice { node });
            }
            items.insert(item);
        }
        Ok(Self { items })
    }
}

impl FromStr for Item {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        if text == "all" || text == "none" || text.starts_with(sample::PREFIX) {
            return Err(SelectionError::Alone { item: text.into() });
        }
        let kinds = OperationKind::ALL.into_iter();
        if let Some(kind) = kinds.clone().find(|kind| name(*kind) == text) {
            return Ok(Self::Kind(kind));
        }
        let unknown = || SelectionError::Unknown { item: text.into() };
        if let Some(layer) = text.strip_prefix("layer:") {
            return number(layer).map(Self::Layer).ok_or_else(unknown);
        }
        let (node, rows) = text
            .strip_prefix("node:")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(unknown)?;
        let node = number(node).ok_or_else(unknown)?;
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for range in rows.split('+') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = number(first).zip(number(last)).ok_or_else(unknown)?;
            let rises = first <= last && ranges.last().is_none_or(|(_, before)| *before < first);
            if !rises {
                return Err(SelectionError::RowOrder { item: text.into() });
            }
            match ranges.last_mut() {
                Some((_, before)) if *before + 1 == first => *before = last,
                _ => ranges.push((first, last)),
            }
        }
        Ok(Self::Node { node, ranges })
    }
}

impl fmt::Display for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bootstrap = self.have(&BOOTSTRAP);
        let mut separator = "";
        for item in &self.items {
            let part = match item {
                Item::Kind(OperationKind::KeySwitch) if bootstrap => "bootstrap".into(),
                Item::Kind(kind) if bootstrap && BOOTSTRAP.contains(kind) => continue,
                item => item.to_string(),
            };
            write!(f, "{separator}{part}")?;
            separator = ",";
        }
        Ok(())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => f.write_str(name(*kind)),
            Self::Layer(layer) => write!(f, "layer:{layer}"),
            Self::Node { node, ranges } => {
                write!(f, "node:{node}/")?;
                for (index, (first, last)) in ranges.iter().enumerate() {
                    let separator = if index > 0 { "+" } else { "" };
                    if first == last {
                        write!(f, "{separator}{first}")?;
                    } else {
                        write!(f, "{separator}{first}-{last}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

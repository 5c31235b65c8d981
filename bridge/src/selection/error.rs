//! Selections that cannot be read or do not fit.

/// A selection that cannot be read or does not fit the run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// An item is none of the known ones.
    #[error(
        "selection: `{item}` is not known; use all, none, linear, keyswitch, modswitch, blindrotation, bootstrap, \
         layer:K, node:K/ROWS (K counted from 0, ROWS like 0-3+7), several of these with commas between them, \
         sample:F (0 < F <= 1) or sample:count=N"
    )]
    Unknown {
        /// What was given.
        item: String,
    },
    /// A whole selection as an item of a list.
    #[error(
        "selection: `{item}` must stand alone; remove the other items, or list kinds, layers and nodes only"
    )]
    Alone {
        /// The item.
        item: String,
    },
    /// Rows out of order or named twice.
    #[error(
        "selection: rows of `{item}` must rise and be named once; write them like node:2/0-3+7"
    )]
    RowOrder {
        /// The item.
        item: String,
    },
    /// Two items for one node.
    #[error(
        "selection: node {node} is named twice; put its rows in one item, like node:{node}/0-3+7"
    )]
    NodeTwice {
        /// The node.
        node: usize,
    },
    /// A sample without size.
    #[error(
        "selection: `{item}` is not a sample; use sample:F with 0 < F <= 1 and at most 9 decimals, like sample:0.05, \
         or sample:count=N with N >= 1"
    )]
    SampleSize {
        /// The text given.
        item: String,
    },
    /// More operations to be drawn than there are.
    #[error(
        "selection: a sample of {count} operations, but the run has only {total}; use a smaller count or all"
    )]
    SampleTooLarge {
        /// Operations asked for.
        count: usize,
        /// Operations of the run.
        total: usize,
    },
    /// A sample without the seed that comes from the proof.
    #[error(
        "selection: a sample is drawn while a proof is made or checked; it cannot be resolved before"
    )]
    NotDrawn,
    /// The program has fewer layers.
    #[error(
        "selection: layer:{layer} names a layer the program does not have; it has layers 0 to {}",
        layers.saturating_sub(1)
    )]
    NoSuchLayer {
        /// The layer asked for.
        layer: usize,
        /// The number of layers.
        layers: usize,
    },
    /// The program has fewer nodes.
    #[error(
        "selection: node {node} does not exist; the program has nodes 0 to {}",
        nodes.saturating_sub(1)
    )]
    NoSuchNode {
        /// The node asked for.
        node: usize,
        /// The number of nodes.
        nodes: usize,
    },
    /// The node has fewer rows.
    #[error(
        "selection: row {row} of node {node} does not exist; with this many images it has rows 0 to {}",
        rows.saturating_sub(1)
    )]
    NoSuchRow {
        /// The node.
        node: usize,
        /// The row asked for.
        row: usize,
        /// The number of rows.
        rows: usize,
    },
}

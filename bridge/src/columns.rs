//! The committed columns of one proof, as the argument asks for them.
//!
//! Small columns are held in memory; chunk columns of blind rotations are cut from the shifted accumulators whenever they
//! are read.

use std::sync::Arc;

#[cfg(test)]
use blindproof_zk::stack::Layout;
use blindproof_zk::{
    argument::{Source, SourceError},
    field::{F, f},
    stack::ColumnId,
};

use crate::{
    blindrotation::{BlindRotationPlan, Witness},
    plan::NodePlan,
    split::Chunk,
};

/// The accumulators of the blind rotations of each node.
pub(crate) type Witnesses = Vec<Option<Arc<Witness>>>;

/// Where one column comes from.
#[derive(Clone, Debug)]
enum Column {
    /// Not (yet) known.
    Absent,
    /// In memory.
    Held(Arc<Vec<F>>),
    /// A bit field of the accumulators of one shard and component.
    Chunk {
        plan: Arc<BlindRotationPlan>,
        node: usize,
        shard: usize,
        component: usize,
        chunk: Chunk,
    },
}

/// All columns of a proof.
#[derive(Clone)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    witnesses: Witnesses,
}

impl Columns {
    /// Columns that are known already, and the chunks that the plans of `nodes` cut from `witnesses`.
    pub fn new(nodes: &[NodePlan], held: Vec<(ColumnId, Vec<F>)>, witnesses: Witnesses) -> Self {
        let mut columns = Self {
            columns: Vec::new(),
            witnesses,
        };
        for (id, values) in held {
            columns.set(id, Column::Held(Arc::new(values)));
        }
        for (node, node_plan) in nodes.iter().enumerate() {
            let NodePlan::BlindRotation(rotation) = node_plan else {
                continue;
            };
            let plan = Arc::new(rotation.clone());
            for (shard, shard_plan) in rotation.shards.iter().enumerate() {
                for (component, ids) in shard_plan.columns.iter().enumerate() {
                    for (id, chunk) in ids.iter().zip(&rotation.cut.chunks) {
                        let column = Column::Chunk {
                            plan: plan.clone(),
                            node,
                            shard,
                            component,
                            chunk: *chunk,
                        };
                        columns.set(*id, column);
                    }
                }
            }
        }
        columns
    }

    fn set(&mut self, id: ColumnId, column: Column) {
        let len = self.columns.len().max(id.index() + 1);
        self.columns.resize(len, Column::Absent);
        self.columns[id.index()] = column;
    }

    /// A column held in memory; empty for others.
    pub fn held(&self, id: ColumnId) -> &[F] {
        match self.columns.get(id.index()) {
            Some(Column::Held(values)) => values,
            _ => &[],
        }
    }

    /// Every column in memory, by index, to be changed by a forger.
    #[cfg(test)]
    pub fn change(&mut self, layout: &Layout, change: impl FnOnce(&mut Vec<Vec<F>>)) {
        let mut all: Vec<Vec<F>> = (0..self.columns.len())
            .map(|index| {
                if matches!(self.columns[index], Column::Absent) {
                    return Vec::new();
                }
                let id = layout.column_id(index).expect("a column");
                let mut values = vec![f(0); layout.column_len(id).expect("a column")];
                self.fill(id, 0, &mut values).expect("a known column");
                values
            })
            .collect();
        change(&mut all);
        for (index, values) in all.into_iter().enumerate() {
            if !matches!(self.columns[index], Column::Absent) {
                self.columns[index] = Column::Held(Arc::new(values));
            }
        }
    }
}

impl Source for Columns {
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError> {
        match self.columns.get(column.index()) {
            Some(Column::Held(values)) => {
                let values = values.get(start..start + out.len());
                out.copy_from_slice(values.ok_or("a column is too short")?);
            }
            Some(Column::Chunk {
                plan,
                node,
                shard,
                component,
                chunk,
            }) => {
                let witness = self.witnesses.get(*node).and_then(Option::as_ref);
                let witness = witness.ok_or("accumulators are missing")?;
                let words = witness.words(plan, *shard, *component, start, out.len())?;
                for (cell, word) in out.iter_mut().zip(words.iter()) {
                    *cell = f(chunk.of(*word));
                }
            }
            _ => return Err("a column is missing".into()),
        }
        Ok(())
    }
}

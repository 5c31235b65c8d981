//! Results as text for people and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use blindproof_bridge::artefact::hexadecimal;
use blindproof_bridge::statement::KeyBinding;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;
use serde_json::{Value, json};

use super::Failure;
use crate::result::{NOT_ZERO_KNOWLEDGE, RunResult, Verdict, answer_text, class_name};
use crate::roles::verifier::Accepted;

/// Indented JSON with a line break at the end.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(Failure::misuse)
}

/// The verifier's answer: what is proven, what is not, and how surely.
pub(super) fn acceptance(accepted: &Accepted, model: &str) -> String {
    let (statement, verified) = (&accepted.statement, &accepted.verified);
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<16}{value}");
    };
    line(
        "model",
        format!("{model} ({})", hexadecimal(&statement.program)),
    );
    line("parameters", statement.parameters.clone());
    line("images", statement.images.to_string());
    line("selection", statement.selection.to_string());
    for entry in &verified.coverage {
        let mark = share_name(entry.proven, entry.total);
        line(
            mark,
            format!("{} {}/{}", entry.kind, entry.proven, entry.total),
        );
    }
    for sentence in &verified.not_proven {
        line("", sentence.clone());
    }
    if let Some(sentence) = &verified.sample {
        line("", sentence.clone());
    }
    let soundness = if proves_something(accepted) {
        format!(
            "{:.1} bits, {} (level {})",
            verified.soundness.total_bits(),
            verified.soundness.regime,
            statement.level
        )
    } else {
        "none: nothing is proven".to_owned()
    };
    line("soundness", soundness);
    line("zero knowledge", format!("none. {NOT_ZERO_KNOWLEDGE}"));
    let verdict = if proves_something(accepted) {
        format!("VERIFIED in {:.2} s", accepted.cost.wall_seconds)
    } else {
        "NOTHING IS PROVEN: the selection covers no operation. The statement matches your files, and that is all; \
         the output may be anything."
            .to_owned()
    };
    format!("{verdict}\n{text}")
}

/// How much of one kind of operation is proven, in words.
fn share_name(proven: usize, total: usize) -> &'static str {
    match proven {
        0 => "NOT proven",
        _ if proven == total => "proven",
        _ => "PARTLY proven",
    }
}

/// Whether the proof covers at least one operation.
fn proves_something(accepted: &Accepted) -> bool {
    accepted
        .verified
        .coverage
        .iter()
        .any(|entry| entry.proven > 0)
}

/// The verifier's answer as JSON.
pub(super) fn acceptance_json(accepted: &Accepted) -> Value {
    let (statement, verified) = (&accepted.statement, &accepted.verified);
    let soundness = proves_something(accepted).then_some(&verified.soundness);
    json!({
        "verified": true,
        "proves_something": proves_something(accepted),
        "parameters": statement.parameters,
        "images": statement.images,
        "selection": statement.selection.to_string(),
        "coverage": verified.coverage.iter().map(|entry| json!({
            "kind": entry.kind.to_string(), "proven": entry.proven, "total": entry.total,
        })).collect::<Vec<_>>(),
        "not_proven": verified.not_proven,
        "sample": verified.sample,
        "keys": match statement.keys {
            KeyBinding::Direct { .. } => "direct",
            KeyBinding::Indexed { .. } => "indexed",
        },
        "soundness_bits": soundness.map(|report| report.total_bits()),
        "soundness_regime": soundness.map(|report| report.regime.to_string()),
        "zero_knowledge": false,
        "verify_seconds": accepted.cost.wall_seconds,
        "program": hexadecimal(&statement.program),
    })
}

/// The summary of a run: what came out, what is proven, what it cost, and where the files are.
pub(super) fn run_summary(result: &RunResult, folder: &Path) -> String {
    let mut text = format!("{}\n", predictions_table(result));
    let correct = |share: f64| (share * result.images as f64).round();
    let _ = writeln!(
        text,
        "{} of {} encrypted predictions equal those of the clear quantised model",
        correct(result.accuracy_vs_clear),
        result.images
    );
    text += &match result.verdict {
        Verdict::Verified => {
            "VERIFIED: the proof of the selected operations was checked from files\n".to_owned()
        }
        Verdict::NothingProven => {
            "NOTHING IS PROVEN: the selection covers no operation; the output may be anything\n"
                .to_owned()
        }
        Verdict::Rejected => "REJECTED: the proof was not accepted\n".to_owned(),
    };
    for entry in &result.coverage {
        let mark = share_name(entry.proven, entry.total);
        let _ = writeln!(
            text,
            "  {mark:<15}{} {}/{}",
            entry.kind, entry.proven, entry.total
        );
    }
    if let Some(sentence) = &result.sample {
        let _ = writeln!(text, "  {sentence}");
    }
    if let (Some(bits), Some(regime)) = (result.soundness_bits, &result.soundness_regime) {
        let _ = writeln!(text, "  soundness      {bits:.1} bits, {regime}");
    }
    let _ = writeln!(
        text,
        "  {}\n{}",
        result.zero_knowledge_note,
        cost_table(result)
    );
    for name in ["result.json", "report.html"] {
        let _ = writeln!(text, "{}", folder.join(name).display());
    }
    let _ = writeln!(
        text,
        "verify again: blindproof verify --dir {} --bits {}",
        folder.display(),
        result.soundness_level
    );
    text
}

/// The most images shown one by one.
const MAX_SHOWN: usize = 20;

fn predictions_table(result: &RunResult) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["input", "label", "clear", "encrypted"]);
    for image in result.predictions.iter().take(MAX_SHOWN) {
        table.add_row([
            image.index.to_string(),
            image
                .label
                .map_or("?".to_owned(), |label| class_name(&result.labels, label)),
            answer_text(&result.labels, &image.clear),
            answer_text(&result.labels, &image.encrypted),
        ]);
    }
    if result.predictions.len() > MAX_SHOWN {
        table.add_row(["...", "", "", ""]);
    }
    table
}

fn cost_table(result: &RunResult) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["phase, files included", "wall s", "CPU s"]);
    for phase in &result.phases {
        table.add_row([
            phase.name.clone(),
            format!("{:.2}", phase.wall_seconds),
            format!("{:.2}", phase.cpu_seconds),
        ]);
    }
    let mebibytes = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
    table.add_row([
        "proof".to_owned(),
        format!("{} bytes", result.proof_bytes),
        String::new(),
    ]);
    let peak = result
        .peak_rss_bytes
        .map_or("unknown".to_owned(), mebibytes);
    table.add_row(["peak memory".to_owned(), peak, String::new()]);
    table
}

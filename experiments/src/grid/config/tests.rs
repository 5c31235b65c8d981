//! Every mistake is named with its line, its field and a remedy.

use super::*;
use crate::grid::cell::{ProofBackend, System};

const SMALL: &str = r#"
name = "small"
question = "?"
memory = "1GiB"
[grid]
model = ["bootstraps"]
parameters = ["insecure_tiny", "insecure_message_4"]
system = ["fhe-exact", "fhe-proof"]
select = ["all", "keyswitch"]
images = [4]
batch = [2, 4]
threads = [1]
"#;

fn parse(text: &str) -> Result<Experiment, ConfigError> {
    Experiment::parse("file.toml", text, false)
}

#[test]
fn grids_are_products_without_what_means_nothing() {
    let experiment = parse(SMALL).unwrap();
    // 2 sets x 2 batches, exact once and proven with 2 selections.
    assert_eq!(experiment.cells.len(), 2 * 2 * (1 + 2));
    let exact = experiment
        .cells
        .iter()
        .filter(|cell| cell.system == System::FheExact);
    assert!(exact.clone().all(|cell| cell.proof.is_none()));
    assert_eq!(exact.count(), 4);
    let ids: std::collections::HashSet<_> = experiment.cells.iter().map(Cell::id).collect();
    assert_eq!(ids.len(), experiment.cells.len());
}

#[test]
fn several_grids_are_a_union() {
    let twice = format!(
        "{}[[grid]]{}",
        SMALL.replace("[grid]", "[[grid]]"),
        &SMALL[SMALL.find("\nmodel").unwrap()..]
    );
    assert_eq!(parse(&twice).unwrap().cells, parse(SMALL).unwrap().cells);
}

#[test]
fn quick_replaces_and_skips() {
    let text = format!("{SMALL}[grid.quick]\nbatch = [1]\n[quick]\nrepeat = 2\n").replacen(
        "memory",
        "repeat = 7\nmemory",
        1,
    );
    let full = parse(&text).unwrap();
    let quick = Experiment::parse("file.toml", &text, true).unwrap();
    assert!(
        full.cells
            .iter()
            .all(|cell| cell.repeat == 7 && cell.batch != 1)
    );
    assert!(
        quick
            .cells
            .iter()
            .all(|cell| cell.repeat == 2 && cell.batch == 1)
    );
    let skipped = Experiment::parse(
        "file.toml",
        &format!("{SMALL}[grid.quick]\nskip = true\n"),
        true,
    );
    assert!(skipped.unwrap().cells.is_empty());
}

#[test]
fn the_template_is_valid() {
    let template = parse(TEMPLATE).unwrap();
    assert_eq!(template.cells.len(), 3);
    assert_eq!(
        Experiment::parse("t", TEMPLATE, true).unwrap().cells.len(),
        2
    );
}

#[test]
fn mistakes_are_named_with_line_field_and_remedy() {
    for (from, to, line, field, remedy) in [
        (
            "images = [4]",
            "imagse = [4]",
            10,
            "imagse",
            "did you mean 'images'",
        ),
        (
            "name = \"small\"",
            "nmae = \"small\"",
            2,
            "nmae",
            "did you mean 'name'",
        ),
        (
            "batch = [2, 4]",
            "batch = [-2]",
            11,
            "batch",
            "is -2; must be a whole number from 1",
        ),
        (
            "batch = [2, 4]",
            "batch = [2,\n 9]",
            12,
            "batch",
            "choose 1 to 4",
        ),
        ("batch = [2, 4]", "batch = []", 11, "batch", "at least one"),
        ("batch = [2, 4]", "batch = 1.5", 11, "batch", "whole number"),
        (
            "[\"bootstraps\"]",
            "[\"digits-mpl\"]",
            6,
            "model",
            "digits-mlp",
        ),
        (
            "\"insecure_tiny\"",
            "\"message_44\"",
            7,
            "parameters",
            "message_4",
        ),
        (
            "parameters = [\"insecure_tiny\", \"insecure_message_4\"]",
            "",
            6,
            "parameters",
            "message_4",
        ),
        (
            "\"fhe-exact\"",
            "\"fhe-exakt\"",
            8,
            "system",
            "did you mean 'fhe-exact'",
        ),
        (
            "\"fhe-exact\"",
            "\"clear-f32\"",
            8,
            "system",
            "choose an encrypted system",
        ),
        ("\"keyswitch\"", "\"layer:9\"", 9, "select", "layer"),
        ("\"keyswitch\"", "\"some\"", 9, "select", "some"),
        ("threads = [1]", "threads = [0]", 12, "threads", "from 1"),
        (
            "threads = [1]",
            "backend = [\"groth16\"]",
            12,
            "backend",
            "linear:INxOUT",
        ),
        (
            "threads = [1]",
            "vote = [\"1/3\"]",
            12,
            "vote",
            "more than half",
        ),
        (
            "threads = [1]",
            "keys = [\"index\"]",
            12,
            "keys",
            "did you mean 'indexed'",
        ),
        ("\"1GiB\"", "\"1MiB\"", 4, "memory", "needs at least"),
        ("\"1GiB\"", "\"much\"", 4, "memory", "4GiB"),
        ("memory", "repeat = 0\nmemory", 4, "repeat", "from 1"),
        ("memory", "bits = 200\nmemory", 4, "bits", "100 to 128"),
        ("\"small\"", "\"Not a folder\"", 2, "name", "small letters"),
        ("question = \"?\"", "", 1, "question", "add question"),
        (
            "[\"bootstraps\"]",
            "[\"digits-mlp\"]",
            7,
            "parameters",
            "message_4",
        ),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL);
        match parse(&text) {
            Err(ConfigError::Field {
                line: found,
                field: named,
                problem,
                ..
            }) => {
                assert_eq!((found, named.as_str()), (line, field), "{to}: {problem}");
                assert!(problem.contains(remedy), "{to}: {problem}");
            }
            other => panic!("{to}: {other:?}"),
        }
    }
    assert!(matches!(
        parse("name = "),
        Err(ConfigError::Syntax { line: 1, .. })
    ));
    assert!(matches!(parse(""), Err(ConfigError::Field { .. })));
    let missing = Experiment::load(Path::new("/nonexistent/x.toml"), false).unwrap_err();
    assert!(missing.to_string().contains("blindproof list"));
}

#[test]
fn small_operations_may_have_both_backends() {
    let text = SMALL
        .replace("\"bootstraps\"", "\"linear:4x2\", \"key-switch\"")
        .replace("threads = [1]", "backend = [\"native\", \"groth16\"]")
        .replace("select = [\"all\", \"keyswitch\"]", "");
    let cells = parse(&text).unwrap().cells;
    let groth16 = cells.iter().filter(|cell| {
        cell.proof
            .as_ref()
            .is_some_and(|proof| proof.backend == ProofBackend::Groth16)
    });
    assert_eq!(groth16.count(), 2 * 2 * 2);
}

//! Experiments through the command line, as a user runs them: resumed after any kill, refused with a reason.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const SMALL: &str = r#"
name = "small"
question = "How long does nothing take?"
memory = "1GiB"
[grid]
model = ["bootstraps", "key-switch"]
parameters = ["insecure_tiny", "insecure_message_4"]
system = ["fhe-exact", "fhe-proof"]
images = [1, 2, 3]
threads = [1]
"#;

fn blindproof(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blindproof"));
    command.current_dir(folder);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = blindproof(folder).args(arguments).output();
    output.expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Ids of all measured cells; every line is whole.
fn ids(results: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(results).unwrap();
    assert!(text.ends_with('\n'));
    let ids = text.lines().map(|line| {
        let record: Value = serde_json::from_str(line).expect("a whole line");
        assert_eq!(record["outcome"], "measured", "{line}");
        record["id"].as_str().unwrap().to_owned()
    });
    ids.collect()
}

fn start(folder: &Path) -> Child {
    let mut command = blindproof(folder);
    command.args(["run", "small.toml", "--out", "killed"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_killed_run_goes_on_with_the_same_cells() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("small.toml"), SMALL).unwrap();
    let whole = run(folder, &["run", "small.toml", "--out", "whole"]);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole.stderr));
    let expected = ids(&folder.join("whole/results.jsonl"));
    assert_eq!(expected.len(), 24);

    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut unfinished = 0;
    for _ in 0..20 {
        let mut child = start(folder);
        std::thread::sleep(Duration::from_millis(random.gen_range(0..250)));
        // The process may be done already.
        let _ = child.kill();
        unfinished += usize::from(!child.wait().unwrap().success());
    }
    assert!(unfinished >= 3, "only {unfinished} runs were killed");
    let last = run(folder, &["run", "small.toml", "--out", "killed"]);
    assert_eq!(last.status.code(), Some(0), "{}", text(&last.stderr));
    let found = ids(&folder.join("killed/results.jsonl"));
    assert_eq!(found.len(), expected.len(), "no cell is there twice");
    let set = |ids: Vec<String>| ids.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(found), set(expected));
    let copy = std::fs::read_to_string(folder.join("killed/experiment.toml")).unwrap();
    assert_eq!(copy, SMALL);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_done_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(
        folder.join("small.toml"),
        SMALL.replace("[1, 2, 3]", "[1, 200]"),
    )
    .unwrap();
    let child = start(folder);
    let results = folder.join("killed/results.jsonl");
    while std::fs::read(&results).unwrap_or_default().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("run the same command again"));
    assert!(!ids(&results).is_empty());
}

#[test]
fn mistakes_are_one_paragraph_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (from, to, words) in [
        (
            "images =",
            "imagse =",
            ["small.toml:9", "imagse", "did you mean 'images'"],
        ),
        (
            "[1, 2, 3]",
            "[1]\nbatch = [-4]",
            ["small.toml:10", "batch", "from 1 to"],
        ),
        (
            "\"key-switch\"",
            "\"digits-mpl\"",
            ["small.toml:6", "model", "digits-mlp"],
        ),
        (
            "\"insecure_tiny\"",
            "\"tiny\"",
            ["small.toml:7", "parameters", "insecure_tiny"],
        ),
        (
            "\"1GiB\"",
            "\"1MiB\"",
            ["small.toml:4", "memory", "raise it"],
        ),
    ] {
        std::fs::write(folder.join("small.toml"), SMALL.replacen(from, to, 1)).unwrap();
        let output = run(folder, &["run", "small.toml"]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert!(!folder.join("runs").exists(), "nothing is written");
    }
    std::fs::write(folder.join("small.toml"), SMALL).unwrap();
    for (arguments, word) in [
        (&["run", "missing.toml"][..], "missing.toml"),
        (&["run", "small.toml", "--select", "all"], "'select'"),
        (&["run", "digits-mlp", "--quick"], "model"),
        (&["run", "no-such-thing"], "no-such-thing"),
    ] {
        let output = run(folder, arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn a_new_experiment_is_planned_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, &["init"]).status.code(), Some(0));
    let again = run(folder, &["init"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--force"));
    let plan = run(folder, &["run", "experiment.toml", "--dry-run"]);
    let plan = text(&plan.stdout);
    assert!(
        plan.contains("3 cells") && plan.contains("nothing was run"),
        "{plan}"
    );
    assert!(!folder.join("runs").exists());
    let done = run(folder, &["run", "experiment.toml", "--quick"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("blindproof report"));
    assert_eq!(
        ids(&folder.join("runs/my-experiment-quick/results.jsonl")).len(),
        2
    );
}

#[test]
fn a_cell_that_fails_is_a_record_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("small.toml"), SMALL).unwrap();
    let whole = run(folder, &["run", "small.toml", "--out", "x"]);
    assert_eq!(whole.status.code(), Some(0));
    let results = folder.join("x/results.jsonl");
    let before = std::fs::read_to_string(&results).unwrap();
    let failed = before.replacen(
        "\"outcome\":\"measured\"",
        "\"outcome\":{\"failed\":\"no reason\"}",
        1,
    );
    std::fs::write(&results, failed).unwrap();
    let again = run(folder, &["run", "small.toml", "--out", "x"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let after = std::fs::read_to_string(&results).unwrap();
    assert_eq!(after.lines().count(), before.lines().count() + 1);
}

#[test]
fn results_become_a_report_and_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("small.toml"), SMALL).unwrap();
    for out in ["a", "b"] {
        let output = run(folder, &["run", "small.toml", "--out", out]);
        assert_eq!(output.status.code(), Some(0));
    }
    let report = run(folder, &["report", "a", "-o", "page"]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report.stderr));
    for file in [
        "index.html",
        "report.md",
        "samples.csv",
        "tables/small-cells.tex",
        "figures/small-phases.svg",
    ] {
        assert!(folder.join("page").join(file).is_file(), "{file}");
    }
    let same = run(folder, &["compare", "a", "a"]);
    assert_eq!(same.status.code(), Some(0));
    assert!(
        text(&same.stdout).contains("24 common cells")
            && text(&same.stdout).contains("nothing changed")
    );
    let other = run(folder, &["compare", "a", "b/results.jsonl", "--json"]);
    let json: Value = serde_json::from_slice(&other.stdout).unwrap();
    assert!(
        json["changes"]
            .as_array()
            .is_some_and(|changes| changes.len() > 100)
    );
    for wrong in [
        &["report", "missing", "-o", "x"][..],
        &["report"],
        &["compare", "a", "missing"],
        &["report", "--paper"],
    ] {
        let output = run(folder, wrong);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{wrong:?}: {}",
            text(&output.stderr)
        );
    }
}

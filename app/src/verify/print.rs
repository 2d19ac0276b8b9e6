//! What `lianban verify` prints: the timeline, then each claim with its verdict, and why.

use crate::cli::say;
use anyhow::Result;
use codes::{Coded, Label, Moment};
use evidence::{Overall, Report};
use licences::Checked;

/// A claim as it is printed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) verdict: Word,
    pub(super) about: Label,
    /// Code and slug of what is wrong, and the words for it.
    pub(super) why: Option<(String, Label)>,
    pub(super) detail: Option<Label>,
}

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Holds,
    Fails,
    Open,
}

/// What was found, ready to be printed.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) title: Label,
    pub(super) number: Option<String>,
    pub(super) timeline: Vec<(Option<Moment>, Label)>,
    pub(super) facts: Vec<(Label, String)>,
    pub(super) lines: Vec<Line>,
    pub(super) overall: Overall,
    pub(super) json: String,
}

impl Told {
    /// What a report says.
    pub(super) fn of(report: &Report) -> Result<Self> {
        let line = |claim: &evidence::Claim| Line {
            id: claim.id.clone(),
            verdict: match claim.verdict {
                evidence::Verdict::Pass => Word::Holds,
                evidence::Verdict::Fail(_) => Word::Fails,
                evidence::Verdict::Unknown(_) => Word::Open,
            },
            about: claim.about.clone(),
            why: claim.verdict.why().map(named),
            detail: claim.detail.clone(),
        };
        let event = |event: &evidence::report::Happened| (event.at, event.label.clone());
        Ok(Self {
            title: report.title.clone(),
            number: report.number.clone(),
            timeline: report.timeline.iter().map(event).collect(),
            facts: Vec::new(),
            lines: report.claims.iter().map(line).collect(),
            overall: report.overall(),
            json: serde_json::to_string_pretty(report)?,
        })
    }

    /// What was found of a licence.
    pub(super) fn of_licence(checked: &Checked) -> Result<Self> {
        use licences::verify::Verdict;
        let lines: Vec<Line> = checked
            .claims
            .iter()
            .map(|claim| Line {
                id: claim.id.to_owned(),
                verdict: match claim.verdict {
                    Verdict::Pass => Word::Holds,
                    Verdict::Fail => Word::Fails,
                    Verdict::Unknown => Word::Open,
                },
                about: claim.about.clone(),
                why: claim
                    .code
                    .clone()
                    .map(|code| (code, claim.detail.clone().unwrap_or_default())),
                detail: claim.code.is_none().then(|| claim.detail.clone()).flatten(),
            })
            .collect();
        let any = |word| lines.iter().any(|line| line.verdict == word);
        let overall = if any(Word::Fails) {
            Overall::SomeFail
        } else if any(Word::Open) {
            Overall::Undecided
        } else {
            Overall::AllHold
        };
        Ok(Self {
            title: checked.thing.label(),
            number: None,
            timeline: Vec::new(),
            facts: checked.facts.clone(),
            lines,
            overall,
            json: serde_json::to_string_pretty(checked)?,
        })
    }
}

fn named(why: &dyn Coded) -> (String, Label) {
    (format!("{} {}", why.code(), why.reason()), why.label())
}

/// Prints it; green and red only where somebody looks.
pub(super) fn print(told: &Told, colours: bool) {
    lines(told, colours).iter().for_each(|line| say(line));
}

/// The lines.
pub(super) fn lines(told: &Told, colours: bool) -> Vec<String> {
    let mut out = Vec::new();
    let number = told.number.as_deref().map(|number| format!("  {number}")).unwrap_or_default();
    out.push(format!("{} · {}{number}", told.title.zh, told.title.en));
    for (label, value) in &told.facts {
        out.push(format!("  {} {}  {value}", label.zh, label.en));
    }
    if !told.timeline.is_empty() {
        out.push(String::new());
        out.push("经过 Timeline".to_owned());
        for (n, (at, label)) in told.timeline.iter().enumerate() {
            let at =
                at.map_or_else(|| "?".to_owned(), |at| at.wall().to_string().replace('T', " "));
            out.push(format!("  {n:>3}  {at}  {}  {}", label.zh, label.en));
        }
    }
    out.push(String::new());
    out.push("核验 Claims".to_owned());
    // Files that are as they were are many and alike: they are told in one line.
    let unchanged = |line: &Line| line.id.starts_with("file:") && line.verdict == Word::Holds;
    let count = told.lines.iter().filter(|line| unchanged(line)).count();
    let mut told_files = false;
    for line in &told.lines {
        if unchanged(line) {
            if !told_files {
                told_files = true;
                let mark = mark(Word::Holds, colours);
                out.push(format!("  {mark}  {count} 个文件未被更改 · {count} files are unchanged"));
            }
            continue;
        }
        out.push(format!(
            "  {}  {} · {}",
            mark(line.verdict, colours),
            line.about.zh,
            line.about.en
        ));
        if let Some((code, why)) = &line.why {
            out.push(format!("        {code}"));
            out.push(format!("        {}", why.zh));
            out.push(format!("        {}", why.en));
        }
        if let Some(detail) = &line.detail {
            out.push(format!("        {} · {}", detail.zh, detail.en));
        }
    }
    let of = |word| told.lines.iter().filter(|line| line.verdict == word).count();
    let (holds, fails, open) = (of(Word::Holds), of(Word::Fails), of(Word::Open));
    out.push(String::new());
    out.push(format!(
        "{holds} 项成立，{fails} 项不成立，{open} 项未决 · {holds} hold, {fails} do not hold, {open} undecided"
    ));
    out
}

fn mark(word: Word, colours: bool) -> String {
    let (colour, text) = match word {
        Word::Holds => ("32", "✓ 成立  "),
        Word::Fails => ("31;1", "✗ 不成立"),
        Word::Open => ("33", "? 未决  "),
    };
    if colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

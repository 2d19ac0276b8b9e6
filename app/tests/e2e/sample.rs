//! What the founder of 广州青禾餐饮管理有限公司 types: the sample answers of the flagship, by the names of the inputs.

use elements::{Dictionary, Kind, Value, from_yaml};
use forms::{Answers, element_at};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The persons of the sample in the order in which they are added to the form; the first one is the founder.
const PERSONS: [&str; 5] = ["chen", "li", "wang", "zhou", "zhao"];
/// The year in which the sample happens.
const YEAR: u64 = 2026;
/// Seconds of a year of the calendar, on average.
const YEAR_SECONDS: u64 = 31_556_952;

/// Who signs: name and number of an identity document.
pub(crate) const SIGNERS: [(&str, &str, &str); 3] = [
    ("p1", "陈思远", "440113199003074516"),
    ("p2", "李若彤", "440305199211180322"),
    ("p4", "周明", "440115199709090035"),
];

/// What is typed or ticked, by the name of its input.
pub(crate) type Typed = BTreeMap<String, Vec<String>>;

/// The whole sample, as if it happened this year.
pub(crate) fn typed() -> Typed {
    let file = "28-licence-one-window/samples/answers/qinghe-food.yaml";
    let text = String::from_utf8(builtin::file(file).unwrap().to_vec()).unwrap();
    let answers: Answers = from_yaml(file, &this_year(&text)).unwrap();
    let dictionary = Dictionary::builtin().unwrap();
    let mut typed = Typed::new();
    for (spot, value) in answers.spots() {
        let name = by_number(&spot.to_string());
        let Some(element) = element_at(&dictionary, &spot) else {
            typed.insert(name, vec![number_of(value.as_text().unwrap())]);
            continue;
        };
        match (&element.kind, &value) {
            (Kind::Set(_) | Kind::List(_), Value::List(all)) => {
                let all = all.iter().map(|one| one.as_text().unwrap().to_owned()).collect();
                typed.insert(name, all);
            }
            (Kind::Composite(_), Value::Map(parts)) => {
                for (key, part) in parts {
                    let number = || part.as_int().unwrap().to_string();
                    let text = part.as_text().map_or_else(number, str::to_owned);
                    typed.insert(format!("{name}:{key}"), vec![text]);
                }
            }
            (Kind::Composite(_), _) => {
                typed.insert(format!("{name}:long"), vec!["true".to_owned()]);
            }
            _ => {
                typed.insert(name, vec![element.typed(&value)]);
            }
        }
    }
    typed
}

/// How many rows of a role or group the sample has.
pub(crate) fn rows(typed: &Typed, subject: &str) -> usize {
    let heads = [format!("role.{subject}."), format!("row.{subject}.")];
    let row = |name: &String| {
        let rest = heads.iter().find_map(|head| name.strip_prefix(head.as_str()))?;
        rest.split('.').next()?.parse::<usize>().ok()
    };
    typed.keys().filter_map(row).max().map_or(0, |last| last + 1)
}

/// The number that the form gives to a person of the sample.
fn number_of(person: &str) -> String {
    let at = PERSONS.iter().position(|one| *one == person);
    at.map_or_else(|| person.to_owned(), |at| format!("p{}", at + 1))
}

/// `card.li.name` as the form calls it: `card.p2.name`.
fn by_number(name: &str) -> String {
    let mut parts: Vec<String> = name.split('.').map(str::to_owned).collect();
    if parts.first().is_some_and(|part| part == "card") {
        parts[1] = number_of(&parts[1]);
    }
    parts.join(".")
}

/// The sample moved by whole years, so that its days are as far from today as they are from the sample's day.
fn this_year(text: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let years = (1970 + now / YEAR_SECONDS).saturating_sub(YEAR);
    let mut moved = String::new();
    let mut cards = false;
    for line in text.lines() {
        // What identity documents say does not move.
        cards = if line.starts_with(' ') { cards } else { line.starts_with("cards:") };
        let mut line = line.to_owned();
        if !cards {
            for year in (YEAR..YEAR + 10).rev() {
                let day = format!("\"{}-", year + years);
                line = line.replace(&format!("\"{year}-"), &day).replace("-02-29", "-02-28");
            }
            // The power of the agent lasts to the end of next year.
            if let Some((head, rest)) = line.split_once("authority_until: \"") {
                let tail = rest.split_once('"').unwrap().1;
                line = format!("{head}authority_until: \"{}-12-31\"{tail}", YEAR + years + 1);
            }
        }
        moved.push_str(&line);
        moved.push('\n');
    }
    moved
}

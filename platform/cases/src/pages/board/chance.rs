//! The chance of lateness (超期可能): of the tasks that the organ decided lately and that were as old as this one, how many
//! took longer than this one may. Counts, not an estimate: whoever reads them can count again.

use crate::queries::work::{Took, WorkRow};
use calendar::Calendar;
use codes::{Date, Lang};
use maud::{Markup, html};
use portal::{Tone, pick, tag};
use std::collections::BTreeMap;

/// Fewer tasks than these say nothing.
const LEAST: usize = 5;

/// How long the tasks of each service took that an organ decided lately, in working days of its clock.
pub(crate) struct Past {
    by_service: BTreeMap<String, Vec<i64>>,
}

/// So many of so many took longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chance {
    late: usize,
    of: usize,
}

impl Past {
    pub(crate) fn of(took: &[Took], calendar: &Calendar) -> Self {
        let mut by_service = BTreeMap::<String, Vec<i64>>::new();
        for task in took {
            let days = calendar.workdays_between(task.accepted, task.decided);
            by_service.entry(task.service.clone()).or_default().push(days);
        }
        Self { by_service }
    }

    /// What happened to tasks of a service that were `age` days old and had `may` days in all.
    fn chance(&self, service: &str, age: i64, may: i64) -> Option<Chance> {
        let took = self.by_service.get(service)?;
        let as_old = took.iter().filter(|days| **days >= age);
        let late = as_old.clone().filter(|days| **days > may).count();
        let of = as_old.count();
        (of >= LEAST).then_some(Chance { late, of })
    }

    /// The chance of a row in words; a stroke where its clock does not run, or where it is late already.
    pub(crate) fn shown(
        &self,
        row: &WorkRow,
        calendar: &Calendar,
        today: Date,
        lang: Lang,
    ) -> Markup {
        let runs = (row.accepted, row.pressing());
        let (Some(accepted), Some(due)) = runs else { return html! { "–" } };
        if due < today || row.wanted || row.stopped_on(today).is_some() {
            return html! { "–" };
        }
        let age = calendar.workdays_between(accepted, today);
        let may = calendar.workdays_between(accepted, due);
        match self.chance(&row.service, age, may) {
            None => html! { span.quiet { (pick(lang, "样本不足", "too few to tell")) } },
            Some(chance) => chance.shown(lang),
        }
    }
}

impl Chance {
    fn shown(self, lang: Lang) -> Markup {
        let Self { late, of } = self;
        let words = match lang {
            Lang::Zh => format!("近期 {of} 件中 {late} 件超期"),
            Lang::En => format!("{late} of the last {of} were late"),
        };
        // One in three is a reason to look.
        let tone = if late * 3 >= of { Tone::Time } else { Tone::Plain };
        if late == 0 {
            html! { (words) }
        } else {
            tag(tone, &words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_counts_those_that_were_as_old() {
        let took = vec![1, 1, 2, 3, 5, 8, 10, 12];
        let past = Past { by_service: [("28/food".to_owned(), took)].into() };
        let chance = |late, of| Some(Chance { late, of });
        for (age, may, expected) in [
            (0, 10, chance(1, 8)),
            (0, 20, chance(0, 8)),
            (3, 10, chance(1, 5)),
            (3, 5, chance(3, 5)),
            (5, 10, None),
        ] {
            assert_eq!(past.chance("28/food", age, may), expected, "{age} {may}");
        }
        assert_eq!(past.chance("28/hyg", 0, 10), None);
    }
}

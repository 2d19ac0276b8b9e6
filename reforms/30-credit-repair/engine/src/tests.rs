//! The figures of the spec's proof, S1 to S9, and the index against the whole.

use crate::*;
use calendar::{Calendar, Term, due};
use codes::Date;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn d(text: &str) -> Date {
    text.parse().unwrap()
}

fn application(kind: Kind, after: Option<Period>, needs: &[Need]) -> Application {
    Application {
        kind,
        after,
        needs: needs.to_vec(),
        causes: BTreeSet::new(),
        announcement_days: None,
    }
}

fn track(
    list: ListKind,
    automatic: Option<(Period, bool)>,
    application: Option<Application>,
) -> Track {
    let automatic = automatic.map(|(after, clean)| Automatic { after, clean });
    Track { list, grade: None, class: None, automatic, application }
}

fn version(id: &str, from: &str, tracks: Vec<Track>) -> Version {
    Version {
        id: id.to_owned(),
        from: d(from),
        tracks,
        kinds: BTreeMap::new(),
        low_fine_fen_max: 0,
    }
}

fn v2016() -> Version {
    let mut item_1 = application(Kind::EarlySerious, None, &[Need::DutiesDone]);
    item_1.causes = ["83-5-1".parse().unwrap()].into();
    let abnormal = application(Kind::LeaveAbnormal, None, &[Need::Corrected]);
    version(
        "v2016",
        "2016-04-01",
        vec![
            track(ListKind::Serious, Some((Period::years(5), true)), Some(item_1)),
            track(ListKind::Abnormal, None, Some(abnormal)),
        ],
    )
}

fn v2020(from: &str) -> Version {
    let mut announced =
        application(Kind::Announced, Some(Period::years(3)), &[Need::NoFurtherCase]);
    announced.announcement_days = Some(30);
    let abnormal = application(Kind::LeaveAbnormal, None, &[Need::Corrected]);
    version(
        "v2020",
        from,
        vec![
            track(ListKind::Serious, Some((Period::years(5), true)), Some(announced)),
            track(ListKind::Abnormal, None, Some(abnormal)),
        ],
    )
}

fn penalty_track(class: Option<PenaltyClass>, automatic: Period, after: Period) -> Track {
    let needs = [Need::DutiesDone, Need::HarmRemoved, Need::NoSameKindPenalty, Need::OnNoList];
    let early = application(Kind::EarlyPenalty, Some(after), &needs);
    Track { class, ..track(ListKind::Penalty, Some((automatic, false)), Some(early)) }
}

fn kinds() -> BTreeMap<PenaltyKind, PenaltyClass> {
    use PenaltyKind as K;
    let barred = [K::Suspension, K::CareerBar, K::Downgrade, K::LicenceRevoked, K::BusinessRevoked];
    let mut kinds: BTreeMap<K, PenaltyClass> =
        barred.into_iter().map(|kind| (kind, PenaltyClass::Barred)).collect();
    kinds.extend([
        (K::Warning, PenaltyClass::Warning),
        (K::Criticism, PenaltyClass::Light),
        (K::Fine, PenaltyClass::Light),
    ]);
    kinds
}

fn v2021() -> Version {
    let needs =
        [Need::DutiesDone, Need::HarmRemoved, Need::NoHeavierPenalty, Need::NoRunningRestriction];
    let early = application(Kind::EarlySerious, Some(Period::years(1)), &needs);
    let abnormal = application(Kind::LeaveAbnormal, None, &[Need::Corrected]);
    let warning =
        Track { class: Some(PenaltyClass::Warning), ..track(ListKind::Penalty, None, None) };
    let (half, one, three) = (Period::months(6), Period::years(1), Period::years(3));
    let mut version = version(
        "v2021",
        "2021-09-01",
        vec![
            track(ListKind::Serious, Some((three, false)), Some(early)),
            track(ListKind::Abnormal, None, Some(abnormal)),
            warning,
            penalty_track(Some(PenaltyClass::Light), Period::months(3), half),
            penalty_track(Some(PenaltyClass::Special), three, one),
            penalty_track(None, three, half),
        ],
    );
    version.kinds = kinds();
    version.low_fine_fen_max = 500_000;
    version
}

fn v2026() -> Version {
    let track = |grade, automatic: Period, after: Option<Period>| {
        let needs = [Need::Corrected, Need::DutiesDone, Need::Pledged];
        let window = application(Kind::OneWindow, after, &needs);
        Track { grade, ..track(ListKind::Serious, Some((automatic, false)), Some(window)) }
    };
    version(
        "v2026",
        "2026-04-01",
        vec![
            track(Some(Grade::General), Period::years(1), Some(Period::months(3))),
            track(Some(Grade::Slight), Period::months(3), None),
            track(None, Period::years(3), Some(Period::years(1))),
        ],
    )
}

fn law() -> Law {
    Law::new([v2016(), v2020("2020-06-28"), v2021(), v2026()])
        .at(44, [v2016(), v2020("2020-08-16"), v2021(), v2026()])
}

fn serious(id: u64, listed_on: &str) -> Entry {
    Entry::new(id, 1, ListKind::Serious, "83-5-5".parse().unwrap(), d(listed_on))
}

fn done(mut entry: Entry) -> Entry {
    entry.duties_done = Fact::Since(entry.listed_on);
    entry.harm_removed = Fact::Since(entry.listed_on);
    entry
}

/// A day and the version of the law by which it is that day.
type Day = Option<(Date, String)>;

fn on(outlook: &Outlook<'_>) -> (Day, Day) {
    let named = |accrued: Accrued<'_>| (accrued.on, accrued.version.id.clone());
    (outlook.route.map(|route| named(route.accrued)), outlook.ends.map(named))
}

fn dated(day: &str, version: &str) -> Option<(Date, String)> {
    Some((d(day), version.to_owned()))
}

#[test]
fn s01_three_years_five_years_and_where_the_rule_began_later() {
    let mut entry = serious(1, "2017-08-10");
    let alone = Law::new([v2016()]);
    assert_eq!(on(&outlook(&entry, &[], &alone)), (None, dated("2022-08-11", "v2016")));
    let day = d("2020-08-10");
    let nation = first_eligible(&entry, &[], &v2020("2020-06-28"), Kind::Announced, day);
    assert_eq!(nation.from, Some(d("2020-08-11")));
    let elapsed = nation.conditions.iter().find(|cond| cond.id == Need::Elapsed).unwrap();
    assert_eq!(elapsed.state, Standing::Unmet { until: Some(d("2020-08-11")) });
    // In fact: in Guangdong from 16 August, and off by itself when v2021 begins, three years being long over.
    for (province, first) in [(0, "2020-08-11"), (44, "2020-08-16")] {
        entry.province = province;
        let ahead = (dated(first, "v2020"), dated("2021-09-01", "v2021"));
        assert_eq!(on(&outlook(&entry, &[], &law())), ahead, "{province}");
    }
    let cal = Calendar::embedded();
    assert_eq!(announcement_end(d("2020-08-17"), 30, &cal, &[]), d("2020-09-16"));
}

#[test]
fn s02_an_announcement_whose_last_day_is_a_holiday_ends_after_it() {
    let cal = Calendar::embedded();
    assert!(!cal.is_workday(d("2020-10-02")));
    assert_eq!(announcement_end(d("2020-09-02"), 30, &cal, &[]), d("2020-10-09"));
}

#[test]
fn s03_from_29_february_three_years_end_with_the_month() {
    let entry = serious(1, "2020-02-29");
    assert_eq!(period_end(entry.listed_on, Period::years(3)), d("2023-02-28"));
    let (_, ends) = on(&outlook(&entry, &[], &law()));
    assert_eq!(ends, dated("2023-03-01", "v2021"));
}

#[test]
fn s04_one_year_then_two_days_fifteen_days_three_days() {
    let entry = done(serious(1, "2021-09-20"));
    let (route, ends) = on(&outlook(&entry, &[], &law()));
    assert_eq!((route, ends), (dated("2022-09-21", "v2021"), dated("2024-09-21", "v2021")));
    let cal = Calendar::embedded();
    let limit = |n: u32, from: &str| due(&Term::Workdays { n }, d(from), &cal).unwrap().date;
    assert_eq!(limit(2, "2022-09-22"), d("2022-09-26"));
    assert_eq!(limit(15, "2022-09-26"), d("2022-10-20"), "8 and 9 October are made up");
    assert_eq!(limit(3, "2022-10-14"), d("2022-10-19"));
}

#[test]
fn s06_a_penalty_that_was_set_aside_is_as_if_it_had_never_been() {
    let entry = done(serious(1, "2021-09-20"));
    let mut spoils =
        Entry::new(2, 1, ListKind::Penalty, "44-5-1".parse().unwrap(), d("2022-03-01"));
    spoils.heavier = true;
    let ask = |spoils: &Entry, day: &str| {
        let history = [spoils.clone()];
        first_eligible(&entry, &history, &v2021(), Kind::EarlySerious, d(day))
    };
    let stands = ask(&spoils, "2022-08-31");
    assert_eq!(stands.from, None);
    let cond = stands.failing().find(|cond| cond.id == Need::NoHeavierPenalty).unwrap();
    assert_eq!(cond.state, Standing::Unmet { until: None });
    for (set_aside, from) in [("2022-09-01", "2022-09-21"), ("2022-09-25", "2022-09-25")] {
        spoils.ended = Some(End { on: d(set_aside), set_aside: true });
        assert_eq!(ask(&spoils, set_aside).from, Some(d(from)), "{set_aside}");
    }
    // A penalty of before the listing is no event of the clean period.
    let mut before = spoils.clone();
    (before.listed_on, before.ended) = (d("2021-09-01"), None);
    assert_eq!(ask(&before, "2022-09-21").from, Some(d("2022-09-21")));
    // One of another enterprise neither.
    let mut other = spoils;
    (other.owner, other.ended) = (OwnerId(9), None);
    assert_eq!(ask(&other, "2022-09-21").from, Some(d("2022-09-21")));
}

fn fined(kinds: &[PenaltyKind], fine_fen: i64, special_field: bool) -> Entry {
    let cause = "45-5-0".parse().unwrap();
    let mut entry = done(Entry::new(1, 1, ListKind::Penalty, cause, d("2024-01-08")));
    entry.published_on = d("2024-01-10");
    let kinds = kinds.iter().copied().collect();
    entry.penalty = Some(Box::new(Penalty { kinds, fine_fen, special_field }));
    entry
}

#[test]
fn s07_a_penalty_ends_early_by_field_and_some_never() {
    let fine = |special| fined(&[PenaltyKind::Fine], 2_000_000, special);
    for (special, from) in [(false, "2024-07-11"), (true, "2025-01-11")] {
        let (route, ends) = on(&outlook(&fine(special), &[], &Law::new([v2021()])));
        assert_eq!(route, dated(from, "v2021"));
        assert_eq!(ends, dated("2027-01-11", "v2021"), "three years by itself");
    }
    let stopped = fined(&[PenaltyKind::Fine, PenaltyKind::Suspension], 2_000_000, false);
    let asked = first_eligible(&stopped, &[], &v2021(), Kind::EarlyPenalty, d("2026-01-01"));
    assert!(asked.is_barred() && asked.from.is_none(), "{asked:?}");
    assert_eq!(asked.failing().map(|cond| cond.id).collect::<Vec<_>>(), [Need::PenaltyAllows]);
    // Still in the list of abnormal operation: that condition is named, and holds once it is off.
    let mut abnormal =
        Entry::new(2, 1, ListKind::Abnormal, "68-4-1".parse().unwrap(), d("2024-03-01"));
    let ask = |history: &Entry| {
        let history = [history.clone()];
        first_eligible(&fine(false), &history, &v2021(), Kind::EarlyPenalty, d("2024-07-11"))
    };
    let asked = ask(&abnormal);
    assert_eq!(asked.failing().map(|cond| cond.id).collect::<Vec<_>>(), [Need::OnNoList]);
    abnormal.ended = Some(End { on: d("2024-08-01"), set_aside: false });
    assert_eq!(ask(&abnormal).from, Some(d("2024-08-01")));
}

#[test]
fn s07_light_penalties_end_after_three_months_and_warnings_are_not_published() {
    let (_, light) =
        on(&outlook(&fined(&[PenaltyKind::Fine], 500_000, false), &[], &Law::new([v2021()])));
    assert_eq!(light, dated("2024-04-11", "v2021"));
    let (_, criticism) =
        on(&outlook(&fined(&[PenaltyKind::Criticism], 0, false), &[], &Law::new([v2021()])));
    assert_eq!(criticism, dated("2024-04-11", "v2021"));
    let warning = fined(&[PenaltyKind::Warning], 0, false);
    assert_eq!(v2021().class(warning.penalty.as_deref().unwrap()), PenaltyClass::Warning);
    assert_eq!(outlook(&warning, &[], &Law::new([v2021()])), Outlook::default());
}

#[test]
fn s08_severe_at_least_one_year_at_most_three_slight_at_once() {
    let mut severe = done(serious(1, "2025-06-01"));
    severe.grade = Some(Grade::Severe);
    severe.corrected = Fact::Since(d("2025-06-02"));
    let only = Law::new([v2026()]);
    let (route, ends) = on(&outlook(&severe, &[], &only));
    assert_eq!((route, ends), (dated("2026-06-02", "v2026"), dated("2028-06-02", "v2026")));
    let mut slight = serious(2, "2026-04-02");
    slight.grade = Some(Grade::Slight);
    slight.duties_done = Fact::Since(d("2026-04-03"));
    slight.corrected = Fact::Since(d("2026-04-03"));
    let asked = first_eligible(&slight, &[], &v2026(), Kind::OneWindow, d("2026-04-03"));
    assert_eq!(asked.from, Some(d("2026-04-03")), "the same day");
    let pledge = asked.conditions.iter().find(|cond| cond.id == Need::Pledged).unwrap();
    assert_eq!(pledge.state, Standing::Unknown, "the applicant signs it on the way");
}

fn restrictions() -> RestrictionMap {
    let measures = |names: &[&str]| names.iter().map(|&name| Measure(name.to_owned())).collect();
    RestrictionMap {
        lists: [
            (ListKind::Serious, measures(&["procurement", "bidding", "land", "honours"])),
            (ListKind::Abnormal, measures(&["procurement"])),
        ]
        .into(),
        revocation: Some((Measure("office_holding".to_owned()), Period::years(3))),
    }
}

#[test]
fn s09_two_listings_are_repaired_separately() {
    let (first, second) = (serious(1, "2018-01-15"), serious(2, "2019-06-01"));
    let both = [first.clone(), second.clone()];
    let asked =
        first_eligible(&first, &both, &v2020("2020-06-28"), Kind::Announced, d("2021-01-16"));
    assert_eq!(asked.from, Some(d("2022-06-02")), "the second is a further case");
    assert_eq!(asked.failing().map(|cond| cond.id).collect::<Vec<_>>(), [Need::NoFurtherCase]);
    let law = law();
    assert_eq!(on(&outlook(&first, &both, &law)).1, dated("2021-09-01", "v2021"));
    assert_eq!(on(&outlook(&second, &both, &law)).1, dated("2022-06-02", "v2021"));
    // Restrictions that the first alone supports are lifted, the others stand with the second.
    let mut entries = both;
    entries[1].list = ListKind::Abnormal;
    let map = restrictions();
    assert_eq!(measures(&entries, &map, d("2021-08-31")).len(), 4);
    entries[0].ended = Some(End { on: d("2021-09-01"), set_aside: false });
    let left = measures(&entries, &map, d("2021-09-01"));
    assert_eq!(left, [Measure("procurement".to_owned())].into());
    assert_eq!(measures(&entries, &map, d("2021-08-31")).len(), 4, "as of the day before");
}

#[test]
fn a_revocation_binds_the_representative_for_three_years_even_after_the_list() {
    let mut entry = serious(1, "2021-03-01");
    entry.revocation = Some(Revocation { on: d("2021-03-01"), personal: true });
    entry.ended = Some(End { on: d("2022-03-02"), set_aside: false });
    let (map, office) = (restrictions(), Measure("office_holding".to_owned()));
    for (day, bound) in
        [("2021-02-28", false), ("2021-03-01", true), ("2024-03-01", true), ("2024-03-02", false)]
    {
        assert_eq!(measures(&[entry.clone()], &map, d(day)).contains(&office), bound, "{day}");
    }
    entry.revocation = Some(Revocation { on: d("2021-03-01"), personal: false });
    assert!(measures(&[entry.clone()], &map, d("2023-01-01")).is_empty());
    entry.revocation = Some(Revocation { on: d("2021-03-01"), personal: true });
    entry.ended = Some(End { on: d("2022-03-02"), set_aside: true });
    assert!(measures(&[entry], &map, d("2023-01-01")).is_empty(), "set aside, it never was");
}

#[test]
fn what_accrued_under_an_older_version_is_kept() {
    // Under v2020 from 2021-06-02 on; v2021 would ask for duties that no register confirms.
    let mut entry = serious(1, "2018-06-01");
    entry.duties_done = Fact::NotYet;
    entry.restriction_until = Some(d("2023-05-31"));
    let (route, ends) = on(&outlook(&entry, &[], &law()));
    assert_eq!(route, dated("2021-06-02", "v2020"));
    assert_eq!(ends, dated("2023-06-01", "v2021"), "longer where a restriction runs longer");
    // Listed later, nothing accrued before v2021 took over.
    entry.listed_on = d("2018-09-01");
    entry.published_on = entry.listed_on;
    assert_eq!(on(&outlook(&entry, &[], &law())).0, None);
}

#[test]
fn item_1_alone_could_leave_before_five_years_under_v2016() {
    let mut entry = serious(1, "2018-06-01");
    entry.duties_done = Fact::Since(d("2018-07-02"));
    let ask =
        |entry: &Entry| first_eligible(entry, &[], &v2016(), Kind::EarlySerious, d("2018-07-02"));
    assert_eq!(ask(&entry).from, None);
    assert_eq!(ask(&entry).failing().next().map(|cond| cond.id), Some(Need::CauseAllows));
    entry.cause = "83-5-1".parse().unwrap();
    assert_eq!(ask(&entry).from, Some(d("2018-07-02")));
    let other = first_eligible(&entry, &[], &v2016(), Kind::Announced, d("2018-07-02"));
    assert_eq!(other.conditions[0].id, Need::Route, "v2016 knows no announcement");
}

#[test]
fn who_was_rescinded_waits_for_the_end_of_the_term() {
    let mut entry = done(serious(1, "2021-09-20"));
    entry.barred = true;
    let (route, ends) = on(&outlook(&entry, &[], &law()));
    assert_eq!((route, ends), (None, dated("2024-09-21", "v2021")));
    let asked = first_eligible(&entry, &[], &v2021(), Kind::EarlySerious, d("2023-03-01"));
    assert!(asked.is_barred());
}

#[test]
fn s13_the_daily_run_finds_nothing_on_the_last_day_and_all_on_the_next() {
    let mut index = DueIndex::new(Arc::new(law()));
    for owner in 0..1000 {
        let mut entry = serious(owner, "2021-09-20");
        entry.owner = OwnerId(owner);
        entry.duties_done = Fact::NotYet;
        index.put(OwnerId(owner), vec![entry]);
    }
    assert_eq!(index.len(), 1000);
    assert_eq!(index.due(d("2024-09-20")), []);
    assert_eq!(index.next_after(d("2021-09-20")), Some(d("2024-09-21")));
    let due = index.due(d("2024-09-21"));
    assert_eq!(due.len(), 1000);
    assert!(due.iter().all(|change| change.what == What::Ends));
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::Unknown),
        Just(Fact::NotYet),
        (0_i32..2500).prop_map(|n| Fact::Since(days_after(n))),
    ]
}

fn days_after(n: i32) -> Date {
    due(
        &Term::Days { n: u32::try_from(n).unwrap(), end: calendar::End::Full },
        d("2017-01-01"),
        &Calendar::bare(),
    )
    .unwrap()
    .date
}

prop_compose! {
    fn any_entry()(
        id in 0_u64..4, owner in 0_u64..3, listed in 0_i32..2500, list in 0_usize..4, grade in 0_usize..4,
        province in prop_oneof![Just(0_u8), Just(44)], duties_done in any_fact(), harm_removed in any_fact(),
        corrected in any_fact(), heavier in any::<bool>(), barred in any::<bool>(), item_1 in any::<bool>(),
        restricted in proptest::option::of(0_i32..3500), ended in proptest::option::of((0_i32..1500, any::<bool>())),
        fine_fen in 0_i64..1_000_000, special_field in any::<bool>(), suspended in any::<bool>(),
    ) -> Entry {
        let cause = if item_1 { "83-5-1" } else { "44-5-1" }.parse().unwrap();
        let mut entry = Entry::new(id, owner, ListKind::ALL[list], cause, days_after(listed));
        entry.province = province;
        entry.grade = Grade::ALL.get(grade).copied();
        (entry.duties_done, entry.harm_removed, entry.corrected) = (duties_done, harm_removed, corrected);
        (entry.heavier, entry.barred) = (heavier, barred);
        entry.restriction_until = restricted.map(days_after);
        entry.ended = ended.map(|(n, set_aside)| End { on: days_after(listed + 1 + n), set_aside });
        if entry.list == ListKind::Penalty {
            let mut kinds = BTreeSet::from([PenaltyKind::Fine]);
            if suspended { kinds.insert(PenaltyKind::Suspension); }
            entry.penalty = Some(Box::new(Penalty { kinds, fine_fen, special_field }));
        }
        entry
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever comes in whatever order, the index gives on every day what a look at everything gives.
    #[test]
    fn the_index_equals_the_whole(entries in proptest::collection::vec(any_entry(), 1..40)) {
        let law = Arc::new(law());
        let mut index = DueIndex::new(Arc::clone(&law));
        let mut all: BTreeMap<OwnerId, BTreeMap<EntryId, Entry>> = BTreeMap::new();
        for entry in entries {
            let owner = entry.owner;
            let of_one = all.entry(owner).or_default();
            of_one.insert(entry.id, entry);
            index.put(owner, of_one.values().cloned().collect());
        }
        let grouped: Vec<Vec<Entry>> =
            all.into_values().map(|of_one| of_one.into_values().collect()).collect();
        let (mut day, mut found) = (d("2016-12-31"), 0);
        while let Some(next) = index.next_after(day) {
            // The day before has nothing that the index does not know.
            let eve = next.yesterday().unwrap();
            if eve > day {
                prop_assert_eq!(scan(grouped.iter().map(Vec::as_slice), &law, eve), vec![]);
            }
            let due = index.due(next);
            prop_assert!(!due.is_empty());
            prop_assert_eq!(&due, &scan(grouped.iter().map(Vec::as_slice), &law, next));
            prop_assert_eq!(&due, &index.recomputed(next));
            found += due.len();
            day = next;
        }
        let live = grouped.iter().flatten().filter(|entry| entry.ended.is_none()).count();
        prop_assert!(found <= 2 * live, "an entry becomes eligible once and ends once");
    }

    /// Nobody waits longer because the law got milder, and nobody is eligible before some version in force says so.
    #[test]
    fn each_version_alone_is_never_better_than_the_favourable_rule(entry in any_entry()) {
        let law = law();
        let ahead = outlook(&entry, &[], &law);
        if let Some(last) = law.of(entry.province).last().filter(|_| entry.ended.is_none()) {
            let alone = Law::new([last.clone()]);
            let present = outlook(&entry, &[], &alone);
            if let Some(end) = present.ends {
                prop_assert!(ahead.ends.is_some_and(|best| best.on <= end.on));
            }
        }
        if let Some(route) = ahead.route {
            let kind = route.application.kind;
            let asked = first_eligible(&entry, &[], route.accrued.version, kind, route.accrued.on);
            prop_assert_eq!(asked.from, Some(route.accrued.on));
            prop_assert_eq!(asked.failing().count(), 0);
            prop_assert!(route.accrued.on >= entry.listed_on);
        }
    }
}

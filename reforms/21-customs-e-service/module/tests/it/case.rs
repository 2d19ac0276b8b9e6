//! The course of a case, decision by decision.

use crate::steps::{Course, at, by_mail, day, draft, filing, fine, id, law};
use kernel::spec;
use penalty::{Kind, Part, Sanction};
use penalty_module::model::{
    Certificate, Consent, Draft, Ending, Mark, Redress, RedressResult, Service, Sort, Way,
};
use penalty_module::{PenaltyCommand as C, PenaltyError, PenaltyEvent as E};

#[test]
fn s06_nothing_is_decided_while_the_party_may_defend_itself() {
    let law = law();
    let mut course = Course::notified(&law);
    course.paper("2024-09-20T15:00:00", draft(Sort::Decision, Some(fine(48_000))));
    let until = at("2024-09-24T00:00:00");
    for early in ["2024-09-20T16:00:00", "2024-09-23T17:00:00", "2024-09-23T23:59:59"] {
        let refused = course.decide("decision-1", early).expect_err("too early");
        assert!(
            matches!(refused, PenaltyError::ClockRunning { until: u, .. } if u == until),
            "{refused:?}"
        );
    }
    let events = course.decide("decision-1", "2024-09-24T10:00:00").expect("in time");
    let [E::Decided { serve_by, .. }, E::Issued { .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(serve_by.on, day("2024-10-09"));
    let events = course.serve("decision-1", "2024-09-24T10:00:09").expect("served");
    let [E::Served { clocks, .. }] = events.as_slice() else { panic!("{events:?}") };
    let due: Vec<(Kind, String)> =
        clocks.iter().map(|run| (run.kind, run.on.to_string())).collect();
    assert_eq!(
        due,
        [
            (Kind::Pay, "2024-10-09".to_owned()),
            (Kind::Review, "2024-11-25".to_owned()),
            (Kind::Suit, "2025-03-24".to_owned()),
        ]
    );
}

#[test]
fn who_gives_up_both_rights_expressly_may_be_decided_at_once() {
    let law = law();
    let mut course = Course::notified(&law);
    course.paper("2024-09-14T09:00:00", draft(Sort::Decision, Some(fine(48_000))));
    let waive = |defence, hearing| C::WaiveDefence { defence, hearing };
    let nothing = course.by("party/qinghe", "2024-09-14T09:30:00", waive(false, false));
    assert!(matches!(nothing, Err(PenaltyError::Field { .. })));
    course.by("party/qinghe", "2024-09-14T09:31:00", waive(true, false)).expect("waived");
    let still = course.decide("decision-1", "2024-09-14T09:32:00").expect_err("half");
    assert!(matches!(still, PenaltyError::ClockRunning { clock: Kind::HearingRequest, .. }));
    course.by("party/qinghe", "2024-09-14T09:33:00", waive(false, true)).expect("waived");
    course.decide("decision-1", "2024-09-14T09:34:00").expect("both");
}

#[test]
fn s07_a_late_fine_is_capped_and_stands_still_during_a_review() {
    let law = law();
    let pay = |on: &str, reference: &str| C::Pay {
        amount_fen: 4_800_000,
        on: day(on),
        reference: reference.to_owned(),
    };
    let late = |events: &[E]| match events {
        [E::Paid { late, left_fen, .. }] => (late.fen, *left_fen),
        other => panic!("{other:?}"),
    };
    let mut course = Course::decided(&law);
    let events = course.by("system", "2024-10-21T09:00:00", pay("2024-10-21", "t1"));
    assert_eq!(late(&events.expect("paid")), (1_728_000, 1_728_000), "12 days");
    let again = course.by("system", "2024-10-21T09:01:00", pay("2024-10-21", "t1"));
    assert_eq!(again, Ok(vec![]), "the same payment once");

    let mut course = Course::decided(&law);
    let events = course.by("system", "2024-11-12T09:00:00", pay("2024-11-12", "t1"));
    assert_eq!(late(&events.expect("paid")), (4_800_000, 4_800_000), "34 days, capped");

    let mut course = Course::decided(&law);
    let (redress, result) = (Redress::Review, RedressResult::Upheld);
    let filed = C::FileRedress { redress, on: day("2024-10-12") };
    course.by("a", "2024-10-12T10:00:00", filed).expect("filed");
    let ended = C::EndRedress { redress, on: day("2024-10-31"), result };
    course.by("a", "2024-10-31T10:00:00", ended).expect("ended");
    // 32 days late, 20 of them within the review.
    let events = course.by("system", "2024-11-10T09:00:00", pay("2024-11-10", "t1"));
    assert_eq!(late(&events.expect("paid")), (1_728_000, 1_728_000), "20 days stand still");
}

#[test]
fn s09_a_decision_that_proves_premature_must_be_taken_back() {
    let law = law();
    let mut course = Course::decided(&law);
    let published = C::Publish {
        paper: id("decision-1"),
        number: "广关缉罚字〔2024〕29号".to_owned(),
        to: ["credit-china".to_owned()].into_iter().collect(),
    };
    course.by("h", "2024-09-25T09:00:00", published.clone()).expect("published");
    let proven = Service { proven: true, ..by_mail("2024-09-14T00:03:00") };
    let served = C::Served { paper: id("notice-1"), service: proven };
    let events = course.by("system", "2024-09-25T10:00:00", served.clone()).expect("anew");
    let [E::Served { clocks, .. }, E::FoundPremature { paper, until }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(clocks[0].on, day("2024-09-24"));
    assert_eq!((paper, *until), (&id("decision-1"), at("2024-09-25T00:00:00")));
    assert_eq!(course.by("system", "2024-09-25T10:00:01", served), Ok(vec![]), "once");

    let refused = |said: Result<Vec<E>, PenaltyError>| {
        matches!(said, Err(PenaltyError::MustBeAnnulled { .. }))
    };
    let close = C::Close { ending: Ending::Performed };
    assert!(refused(course.by("a", "2024-09-25T11:00:00", close)));
    assert!(refused(course.by("h", "2024-09-25T11:01:00", published)));

    let annulment = Draft { annuls: Some(id("decision-1")), ..draft(Sort::Annulment, None) };
    course.paper("2024-09-25T15:00:00", annulment);
    let annul = C::Annul { paper: id("annulment-1"), way: Way::Electronic };
    let events = course.by("h", "2024-09-26T09:00:00", annul).expect("annulled");
    let [E::Annulled { withdraw_by: Some(run), .. }, E::Issued { .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    // 27 September, 29 September (made up), 30 September.
    assert_eq!(run.on, day("2024-09-30"));
    let ended = C::Close { ending: Ending::Annulled };
    let open = course.by("a", "2024-09-26T10:00:00", ended);
    assert_eq!(open, Err(PenaltyError::WrongStage { why: "COPIES_PUBLIC" }));
    let withdrawn =
        C::CopyWithdrawn { paper: id("decision-1"), recipient: "credit-china".to_owned() };
    course.by("system", "2024-09-26T10:01:00", withdrawn).expect("withdrawn");

    // The rights of the party are open again, and a new decision may follow when they are over.
    course.paper("2024-09-27T09:00:00", draft(Sort::Decision, Some(fine(48_000))));
    let events = course.decide("decision-2", "2024-09-27T10:00:00").expect("decided anew");
    assert!(matches!(events.as_slice(), [E::Decided { .. }, E::Issued { .. }]));
}

#[test]
fn copies_that_are_still_public_after_three_working_days_are_told() {
    let law = law();
    let mut course = Course::decided(&law);
    let to = ["credit-china".to_owned(), "publicity".to_owned()].into_iter().collect();
    let number = "广关缉罚字〔2024〕29号".to_owned();
    let publish = C::Publish { paper: id("decision-1"), number, to };
    course.by("h", "2024-09-25T09:00:00", publish).expect("published");
    let annulment = Draft { annuls: Some(id("decision-1")), ..draft(Sort::Annulment, None) };
    course.paper("2024-09-25T15:00:00", annulment);
    let annul = C::Annul { paper: id("annulment-1"), way: Way::Paper };
    course.by("h", "2024-09-26T09:00:00", annul).expect("annulled");
    let one = C::CopyWithdrawn { paper: id("decision-1"), recipient: "publicity".to_owned() };
    course.by("system", "2024-09-26T10:01:00", one).expect("withdrawn");
    let before = course.0.wind(at("2024-09-30T23:59:59")).expect("fires");
    assert_eq!(before, [E::DefenceClosed { at: at("2024-09-24T00:00:00") }]);
    let told = course.0.wind(at("2024-10-01T00:00:00")).expect("fires");
    assert_eq!(told, [E::WithdrawalOverdue { paper: id("decision-1") }]);
}

#[test]
fn s11_without_consent_or_a_second_officer_nothing_goes_out() {
    let law = law();
    let mut course = Course::begun(&law);
    let notice = || draft(Sort::Notice, Some(fine(48_000)));
    let issue = |way| C::Issue { paper: id("notice-1"), way };
    course.by("a", "2024-09-13T16:00:00", C::Draft(Box::new(notice()))).expect("drafted");
    let one = course.by("a", "2024-09-13T16:01:00", issue(Way::Electronic));
    assert_eq!(one, Err(PenaltyError::DistinctPersons { officers: 1, reviewers: 0 }));
    let own = course.by("a", "2024-09-13T16:01:30", C::Review { paper: id("notice-1") });
    assert_eq!(own, Err(PenaltyError::DistinctPersons { officers: 1, reviewers: 0 }));
    // The same officer twice is one officer.
    course.by("a", "2024-09-13T16:02:00", C::Cosign { paper: id("notice-1") }).expect("nothing");
    course.by("r", "2024-09-13T16:03:00", C::Review { paper: id("notice-1") }).expect("reviewed");
    let still = course.by("a", "2024-09-13T16:04:00", issue(Way::Electronic));
    assert_eq!(still, Err(PenaltyError::DistinctPersons { officers: 1, reviewers: 1 }));
    // A reviewer who then signs as an officer is a reviewer no more.
    course.by("r", "2024-09-13T16:05:00", C::Cosign { paper: id("notice-1") }).expect("signed");
    let both = course.by("a", "2024-09-13T16:06:00", issue(Way::Electronic));
    assert_eq!(both, Err(PenaltyError::DistinctPersons { officers: 2, reviewers: 0 }));
    course.by("s", "2024-09-13T16:07:00", C::Review { paper: id("notice-1") }).expect("reviewed");

    let over = C::Consent { consent: Consent::Over, form_no: None };
    course.by("system", "2024-09-13T16:08:00", over).expect("withdrawn");
    let none = course.by("a", "2024-09-13T16:09:00", issue(Way::Electronic));
    assert_eq!(none, Err(PenaltyError::ConsentMissing { consent: Consent::Over }));
    course.by("a", "2024-09-13T16:10:00", issue(Way::Paper)).expect("paper needs no consent");
}

#[test]
fn what_can_be_decided_on_the_spot_needs_a_reason_to_go_on() {
    let law = law();
    let mut course = Course(spec::given(&law, []), &law);
    let small = penalty_module::model::Filing { expected: Some(fine(3_000)), ..filing() };
    course.by("system", "2024-09-10T09:00:00", C::File(Box::new(small))).expect("filed");
    let start = |why: Option<&str>| C::StartCapture { not_on_the_spot: why.map(str::to_owned) };
    let refused = course.by("a", "2024-09-10T09:05:00", start(None));
    assert!(matches!(refused, Err(PenaltyError::OnTheSpot { .. })), "{refused:?}");
    assert!(course.by("a", "2024-09-10T09:05:30", start(Some(" "))).is_err());
    let why = "事实尚需鉴定，不能当场查清";
    let events = course.by("a", "2024-09-10T09:06:00", start(Some(why))).expect("started");
    assert!(
        matches!(&events[..], [E::CaptureStarted { not_on_the_spot: Some(said), .. }] if said == why)
    );
}

#[test]
fn no_heavier_penalty_follows_a_defence() {
    let law = law();
    let mut course = Course::notified(&law);
    let heavier = |said: Result<Vec<E>, PenaltyError>| match said {
        Err(PenaltyError::HeavierPenalty { part, defended }) => (part, defended),
        other => panic!("{other:?}"),
    };
    course.paper("2024-09-23T15:00:00", draft(Sort::Decision, Some(fine(50_000))));
    let said = course.decide("decision-1", "2024-09-24T10:00:00");
    assert_eq!(heavier(said), (Part::Fine, false), "more than was notified");

    let mut course = Course::notified(&law);
    let statement = blobs::Kept { blob: blobs::BlobId("ab".repeat(32)), key: None };
    let salt = seals::Salt::new([7; 16]);
    let commitment = seals::Commitment::to(&salt, "申辩").expect("json");
    let state = C::StateDefence { statement, commitment, answers: None };
    let other = course.by("party/other", "2024-09-19T10:00:00", state.clone());
    assert_eq!(other, Err(PenaltyError::NotTheParty));
    course.by("party/qinghe", "2024-09-19T10:00:00", state.clone()).expect("stated");
    let goods = Sanction { confiscated: ["1".to_owned()].into_iter().collect(), ..fine(10_000) };
    course.paper("2024-09-23T15:00:00", draft(Sort::Decision, Some(goods)));
    let said = course.decide("decision-1", "2024-09-24T10:00:00");
    assert_eq!(heavier(said), (Part::Confiscation, true), "because it defended itself");
    course.paper("2024-09-24T11:00:00", draft(Sort::Decision, Some(fine(30_000))));
    course.decide("decision-1", "2024-09-24T11:30:00").expect("less is lawful");
    let late = course.by("party/qinghe", "2024-09-24T12:00:00", state);
    assert!(late.is_err(), "it is decided");
}

#[test]
fn a_hearing_is_announced_seven_working_days_before_and_held_before_the_decision() {
    let law = law();
    let mut course = Course::notified(&law);
    let late = course.by("party/qinghe", "2024-09-24T00:00:00", C::AskHearing);
    assert!(matches!(late, Err(PenaltyError::Expired { clock: Kind::HearingRequest, .. })));
    course.by("party/qinghe", "2024-09-23T23:59:59", C::AskHearing).expect("in time");
    course.paper("2024-09-24T09:00:00", draft(Sort::Decision, Some(fine(48_000))));
    let pending = course.decide("decision-1", "2024-09-24T10:00:00");
    assert_eq!(pending, Err(PenaltyError::HearingPending));
    let hearing = |on: &str| Draft { hearing_on: Some(day(on)), ..draft(Sort::Hearing, None) };
    course.paper("2024-09-24T11:00:00", hearing("2024-09-29"));
    let issue = C::Issue { paper: id("hearing-1"), way: Way::Electronic };
    let soon = course.by("a", "2024-09-24T11:10:00", issue.clone());
    assert!(matches!(soon, Err(PenaltyError::HearingTooSoon { .. })), "{soon:?}");
    course.paper("2024-09-24T11:20:00", hearing("2024-10-14"));
    course.by("a", "2024-09-24T11:30:00", issue).expect("issued");
    course.serve("hearing-1", "2024-09-24T11:30:05").expect("served");
    let hold = C::HoldHearing { on: day("2024-10-14") };
    let early = course.by("a", "2024-10-13T12:00:00", hold.clone());
    assert!(matches!(early, Err(PenaltyError::Field { .. })));
    course.by("a", "2024-10-14T12:00:00", hold).expect("held");
    course.decide("decision-1", "2024-10-15T10:00:00").expect("heard");
}

#[test]
fn timers_close_the_defence_and_tell_what_is_overdue() {
    let law = law();
    let mut course = Course::decided(&law);
    let told = course.0.wind(at("2025-03-25T00:00:00")).expect("fires");
    assert_eq!(
        told,
        [
            E::DefenceClosed { at: at("2024-09-24T00:00:00") },
            E::PaymentOverdue,
            E::RedressOver { ends: None },
        ]
    );
    // 行政强制法 art. 35, 54: urged in writing; the ten days run from service, and roll.
    course.paper("2025-03-25T09:00:00", draft(Sort::Demand, None));
    let issue = C::Issue { paper: id("demand-1"), way: Way::Electronic };
    course.by("a", "2025-03-25T10:00:00", issue).expect("issued");
    let told = course.serve("demand-1", "2025-03-26T08:00:00").expect("served");
    assert!(
        matches!(&told[..], [E::Served { .. }, E::Urged { until }] if until.on == day("2025-04-07")),
        "{told:?}"
    );
    let statement = blobs::Kept { blob: blobs::BlobId("ab".repeat(32)), key: None };
    let commitment = seals::Commitment::to(&seals::Salt::new([7; 16]), "申辩").expect("json");
    let answers = Some(id("demand-1"));
    let state = C::StateDefence { statement, commitment, answers };
    course.by("party/qinghe", "2025-04-07T23:59:59", state.clone()).expect("heard (art. 36)");
    let late = course.by("party/qinghe", "2025-04-08T00:00:00", state);
    assert!(matches!(late, Err(PenaltyError::Expired { clock: Kind::Demand, .. })), "{late:?}");

    let mut idle = Course::begun(&law);
    let told = idle.0.wind(at("2025-03-11T00:00:00")).expect("fires");
    assert_eq!(told, [E::DecisionOverdue]);
    let extend = C::Extend { why: "案情复杂".to_owned() };
    let events = idle.by("h", "2025-03-11T09:00:00", extend.clone()).expect("extended");
    assert!(
        matches!(&events[..], [E::Extended { decide_by, .. }] if decide_by.on == day("2025-09-10"))
    );
    assert!(idle.by("h", "2025-03-12T09:00:00", extend).is_err(), "once");
}

#[test]
fn stages_run_side_by_side() {
    let law = law();
    let mut course = Course::notified(&law);
    course.by("party/qinghe", "2024-09-18T10:00:00", C::AskHearing).expect("asked");
    course.paper("2024-09-18T15:00:00", draft(Sort::Decision, Some(fine(48_000))));
    let open: Vec<Mark> =
        course.0.state.marks().into_iter().filter_map(|(m, open)| open.then_some(m)).collect();
    assert_eq!(open, [Mark::LegalReview, Mark::Defence, Mark::Hearing]);
    let course = Course::decided(&law);
    let open: Vec<Mark> =
        course.0.state.marks().into_iter().filter_map(|(m, open)| open.then_some(m)).collect();
    assert_eq!(open, [Mark::Performance]);
}

#[test]
fn a_struck_decision_is_taken_back_and_a_paid_one_is_closed() {
    let law = law();
    let mut course = Course::decided(&law);
    let (redress, result) = (Redress::Suit, RedressResult::Struck);
    let filed = C::FileRedress { redress, on: day("2024-10-08") };
    course.by("a", "2024-10-08T10:00:00", filed.clone()).expect("filed");
    assert!(course.by("a", "2024-10-08T10:00:01", filed).is_err(), "one at a time");
    let close = C::Close { ending: Ending::Performed };
    let open = course.by("a", "2024-10-08T11:00:00", close.clone());
    assert_eq!(open, Err(PenaltyError::WrongStage { why: "REDRESS_OPEN" }));
    let ended = C::EndRedress { redress, on: day("2024-10-30"), result };
    course.by("a", "2024-10-30T10:00:00", ended).expect("ended");
    let must = course.by("a", "2024-10-30T11:00:00", close.clone());
    assert!(matches!(must, Err(PenaltyError::MustBeAnnulled { .. })));

    let mut course = Course::decided(&law);
    let fine_open = course.by("a", "2024-10-08T11:00:00", close.clone());
    assert_eq!(fine_open, Err(PenaltyError::WrongStage { why: "FINE_OPEN" }));
    let (on, reference) = (day("2024-10-09"), "t1".to_owned());
    let pay = C::Pay { amount_fen: 4_800_000, on, reference };
    course.by("system", "2024-10-09T09:00:00", pay).expect("paid");
    let events = course.by("a", "2024-10-09T11:00:00", close).expect("closed");
    assert_eq!(events, [E::Closed { ending: Ending::Performed, ends: None }]);
    let told = course.0.wind(at("2025-03-25T00:00:00")).expect("fires");
    let ends = Some(format!("penalty.{}", crate::steps::NO));
    assert_eq!(told, [E::RedressOver { ends }]);
}

#[test]
fn a_package_goes_to_the_notary_once_it_is_proven() {
    let law = law();
    let mut course = Course::notified(&law);
    let kept = blobs::Kept { blob: blobs::BlobId("cd".repeat(32)), key: None };
    let ask = C::AskPreservation { paper: id("notice-1"), root: "ab".repeat(32), kept };
    let early = course.by("a", "2024-09-14T09:00:00", ask.clone());
    assert_eq!(early, Err(PenaltyError::WrongStage { why: "NOT_PROVEN" }));
    let number = "ES-20240913-1".to_owned();
    let prove = C::Prove { paper: id("notice-1"), number };
    course.by("system", "2024-09-14T09:01:00", prove.clone()).expect("proven");
    assert_eq!(course.by("system", "2024-09-14T09:01:01", prove), Ok(vec![]));
    let events = course.by("a", "2024-09-14T09:02:00", ask).expect("asked");
    assert!(
        matches!(&events[..], [E::PreservationAsked { package, .. }] if package == "EP-20240913-1")
    );
    let certificate = Certificate {
        number: "（2024）粤广南方第010137号".to_owned(),
        office: "南方公证处".to_owned(),
        on: day("2024-09-14"),
    };
    let other = C::Preserve { package: "EP-1".to_owned(), certificate: certificate.clone() };
    assert!(course.by("system", "2024-09-14T10:00:00", other).is_err());
    let own = C::Preserve { package: "EP-20240913-1".to_owned(), certificate };
    course.by("system", "2024-09-14T10:00:00", own).expect("certified");
}

#[test]
fn paper_can_be_asked_for_and_changes_no_day_of_service() {
    let law = law();
    let mut course = Course::notified(&law);
    let ask = C::AskPaper { paper: id("notice-1") };
    course.by("party/qinghe", "2024-09-18T10:00:00", ask.clone()).expect("asked");
    assert_eq!(course.by("party/qinghe", "2024-09-18T10:00:01", ask), Ok(vec![]));
    let sent = C::SendPaper { paper: id("notice-1"), tracking_no: "EZ123".to_owned() };
    course.by("a", "2024-09-18T11:00:00", sent).expect("sent");
    let notice = &course.0.state.papers[&id("notice-1")];
    assert_eq!(notice.served.as_ref().map(|s| s.on), Some(day("2024-09-13")));
}

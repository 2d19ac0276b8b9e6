//! What follows from what happened: bills, checks by machine, certificates, money that goes back.

use crate::book::record_of;
use crate::decide::{Registration, RegistrationCommand};
use crate::errand::{Issue, Prepare};
use crate::event::{Of, RegistrationEvent};
use crate::model::{Fee, RegistrationKey};
use codes::Label;
use kernel::{Policy, Reaction, Recorded, Unreadable};
use ledger::{Bill, BillCommand, BillEvent, BillKey, BillOrder};
use licences::LicenceEvent;
use property::Kind;
use registers::watch::{Cause, Watch, WatchCommand};

/// The bill of a registration.
#[must_use]
pub fn bill_of(registration: &str) -> BillKey {
    BillKey(format!("registration/{registration}"))
}

fn registration_of(bill: &str) -> Option<RegistrationKey> {
    bill.strip_prefix("registration/").map(|key| RegistrationKey(key.to_owned()))
}

/// Accepted, so its bill is issued and what a machine can check is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct BillOnAcceptance;

impl Policy for BillOnAcceptance {
    fn name(&self) -> &'static str {
        "property.bill_on_acceptance"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.Accepted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let RegistrationEvent::Accepted { fee, of, tasks, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let registration = RegistrationKey(event.key.to_string());
        let tasks = tasks.into_iter().map(|task| task.name).collect();
        let check = Prepare { registration, shard: event.shard.clone(), unit: of.unit, tasks };
        let mut reactions = vec![event.sends(&check)?];
        if let Some(order) = order(event, fee, &of) {
            let key = bill_of(&event.key);
            let issue = BillCommand::Issue { key: key.clone(), order: Box::new(order) };
            reactions.push(event.leads_to::<Bill>(&key, &issue)?);
        }
        Ok(reactions)
    }
}

fn order(event: &Recorded, fee: Fee, of: &Of) -> Option<BillOrder> {
    // Whoever takes the right pays; an application names the takers last.
    let payer = of.applicants.last()?.clone();
    let kind = of.kind.label();
    Some(BillOrder {
        origin: event.origin(),
        organ: of.office.organ.clone(),
        organ_name: of.office.name.clone(),
        place: of.office.place.clone(),
        payer,
        title: Label::new(
            format!("不动产登记费：{}", kind.zh),
            format!("Registration fee: {}", kind.en),
        ),
        lines: fee.lines,
        free_by: fee.free_by,
    })
}

/// Its bill is paid or waived, so the registration goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeeOnBill;

impl Policy for FeeOnBill {
    fn name(&self) -> &'static str {
        "property.fee_on_bill"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["bill.Paid", "bill.Waived"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let state = match event.read()? {
            BillEvent::Paid { .. } => "paid",
            BillEvent::Waived { .. } => "waived",
            _ => return Ok(Vec::new()),
        };
        let Some(key) = registration_of(&event.key) else { return Ok(Vec::new()) };
        let note = RegistrationCommand::NoteFee { state: state.to_owned() };
        Ok(vec![event.leads_to::<Registration>(&key, &note)?])
    }
}

/// Withdrawn or refused, so its bill is void and what was paid goes back.
#[derive(Clone, Copy, Debug, Default)]
pub struct VoidOnEnd;

impl Policy for VoidOnEnd {
    fn name(&self) -> &'static str {
        "property.void_on_end"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.Withdrawn", "registration.Refused"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let reason = match event.read()? {
            RegistrationEvent::Withdrawn { .. } => "申请人在登簿前撤回申请",
            RegistrationEvent::Refused { .. } => "不予登记",
            _ => return Ok(Vec::new()),
        };
        let void = BillCommand::Void { reason: reason.to_owned() };
        Ok(vec![event.leads_to::<Bill>(&bill_of(&event.key), &void)?])
    }
}

/// Entered in the book, so its certificates are made from the book.
#[derive(Clone, Copy, Debug, Default)]
pub struct IssueOnEntry;

impl Policy for IssueOnEntry {
    fn name(&self) -> &'static str {
        "property.issue_on_entry"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.Entered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let RegistrationEvent::Entered { of, on, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let gives = of.kind.gives_certificate() || of.kind.gives_proof();
        if !gives && of.kind != Kind::Cancel {
            return Ok(Vec::new());
        }
        let issue = Issue {
            registration: RegistrationKey(event.key.to_string()),
            shard: event.shard.clone(),
            origin: event.origin(),
            of,
            on,
            at: event.at,
        };
        Ok(vec![event.sends(&issue)?])
    }
}

/// A certificate is signed, so its registration knows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct IssuedToRegistration;

impl Policy for IssuedToRegistration {
    fn name(&self) -> &'static str {
        "property.issued_to_registration"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.Signed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LicenceEvent::Signed { order, number, token, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        if order.origin.kind != "registration" {
            return Ok(Vec::new());
        }
        let key = RegistrationKey(order.origin.key.clone());
        let note =
            RegistrationCommand::NoteIssued { licence: event.key.to_string(), number, token };
        Ok(vec![event.leads_to::<Registration>(&key, &note)?])
    }
}

/// Applied for, so whoever holds the unit is told (登记提醒): nobody sells another's flat without her knowing.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlertOnApplication;

impl Policy for AlertOnApplication {
    fn name(&self) -> &'static str {
        "property.alert_on_application"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.Applied"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let RegistrationEvent::Applied { application, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let kind = application.kind.word().to_owned();
        let cause = Cause { what: "applied".to_owned(), kind, origin: event.origin() };
        let tell = WatchCommand::Tell { cause, holders: None };
        let units = application.units();
        let told = units.into_iter().map(|unit| event.leads_to::<Watch>(&record_of(unit), &tell));
        told.collect()
    }
}

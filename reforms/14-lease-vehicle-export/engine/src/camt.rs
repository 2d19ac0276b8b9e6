//! What banks report (收款通知): ISO 20022 `camt.054`, credit by credit.

use crate::{Currency, Money};
use codes::Date;
use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};

/// One credit (入账) that a bank reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The bank's reference of it; with the account, never used twice.
    pub bank_ref: String,
    /// The account credited.
    pub account: String,
    /// On which day it counts (起息日).
    pub value_on: Date,
    /// How much.
    pub amount: Money,
    /// Who paid, as the bank writes it.
    pub payer: Option<String>,
    /// What the payer wrote.
    pub remittance: Option<String>,
    /// The reference that the payer gave it from end to end.
    pub end_to_end: Option<String>,
}

/// Why a report cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    /// It is no XML, or holds a document type declaration.
    #[error("the text is no XML: {0}")]
    Xml(String),
    /// It is another message.
    #[error("this is no camt.054 notification")]
    OtherMessage,
    /// A field is missing.
    #[error("entry {entry}: `{field}` is missing")]
    Missing {
        /// Which entry, from one.
        entry: usize,
        /// Which field.
        field: &'static str,
    },
    /// A field cannot be read.
    #[error("entry {entry}: `{field}` cannot be read")]
    Unreadable {
        /// Which entry, from one.
        entry: usize,
        /// Which field.
        field: &'static str,
    },
    /// The transactions of an entry do not add up to it.
    #[error("entry {entry}: the transactions come to {found}, the entry to {expected}")]
    Sum {
        /// Which entry, from one.
        entry: usize,
        /// What the entry says.
        expected: Money,
        /// What its transactions come to, in minor units.
        found: i64,
    },
}

/// The booked credits of a `camt.054` notification, in their order. Debits, reversals and what is only announced are left out.
///
/// An entry of several transactions gives a credit for each; they have to add up to it. Any version of the message is read:
/// names are compared without their namespace.
///
/// # Errors
/// As [`BankError`].
///
/// # Source
/// ISO 20022 `BankToCustomerDebitCreditNotification` (camt.054.001.02 to .08).
pub fn credits(xml: &str) -> Result<Vec<Credit>, BankError> {
    let document = Document::parse(xml).map_err(|error| BankError::Xml(error.to_string()))?;
    let root = document.root_element();
    let body = child(root, "BkToCstmrDbtCdtNtfctn").ok_or(BankError::OtherMessage)?;
    let mut found = Vec::new();
    let mut number = 0;
    for notification in children(body, "Ntfctn") {
        let account = child(notification, "Acct");
        for entry in children(notification, "Ntry") {
            number += 1;
            read_entry(Entry { node: entry, number }, account, &mut found)?;
        }
    }
    Ok(found)
}

/// An entry and its number, for faults.
#[derive(Clone, Copy)]
struct Entry<'a, 'input> {
    node: Node<'a, 'input>,
    number: usize,
}

impl Entry<'_, '_> {
    const fn missing(self, field: &'static str) -> BankError {
        BankError::Missing { entry: self.number, field }
    }

    const fn unreadable(self, field: &'static str) -> BankError {
        BankError::Unreadable { entry: self.number, field }
    }
}

fn read_entry(
    entry: Entry<'_, '_>,
    account: Option<Node<'_, '_>>,
    found: &mut Vec<Credit>,
) -> Result<(), BankError> {
    let side = text(entry.node, &["CdtDbtInd"]).ok_or_else(|| entry.missing("CdtDbtInd"))?;
    // A status was a plain code until version 7, and is a choice since.
    let status = text(entry.node, &["Sts", "Cd"]).or_else(|| text(entry.node, &["Sts"]));
    let reversal = text(entry.node, &["RvslInd"]).is_some_and(|word| word == "true" || word == "1");
    if side != "CRDT" || reversal || status.is_some_and(|status| status != "BOOK") {
        return Ok(());
    }
    let amount = amount(entry, child(entry.node, "Amt"))?;
    let value_on = value_date(entry)?;
    let account = account
        .and_then(|node| text(node, &["Id", "IBAN"]).or_else(|| text(node, &["Id", "Othr", "Id"])))
        .ok_or_else(|| entry.missing("Acct"))?;
    let own = text(entry.node, &["AcctSvcrRef"]).or_else(|| text(entry.node, &["NtryRef"]));
    let details: Vec<Node<'_, '_>> =
        children(entry.node, "NtryDtls").flat_map(|node| children(node, "TxDtls")).collect();
    if details.is_empty() {
        found.push(Credit {
            bank_ref: own.ok_or_else(|| entry.missing("AcctSvcrRef"))?,
            account,
            value_on,
            amount,
            payer: None,
            remittance: text(entry.node, &["AddtlNtryInf"]),
            end_to_end: None,
        });
        return Ok(());
    }
    let single = details.len() == 1;
    let mut sum = 0_i64;
    for (at, detail) in (1..).zip(details) {
        let part = match child(detail, "Amt").or_else(|| path(detail, &["AmtDtls", "TxAmt", "Amt"]))
        {
            Some(node) => self::amount(entry, Some(node))?,
            None if single => amount,
            None => return Err(entry.missing("TxDtls/Amt")),
        };
        // A single transaction may state what was sent in another currency; the entry says what arrived.
        let part = if single && part.currency != amount.currency { amount } else { part };
        if part.currency != amount.currency {
            return Err(entry.unreadable("TxDtls/Amt"));
        }
        sum = sum.saturating_add(part.minor);
        found.push(Credit {
            bank_ref: reference(detail)
                .or_else(|| {
                    own.as_ref().map(|own| if single { own.clone() } else { format!("{own}/{at}") })
                })
                .ok_or_else(|| entry.missing("AcctSvcrRef"))?,
            account: account.clone(),
            value_on,
            amount: part,
            payer: text(detail, &["RltdPties", "Dbtr", "Pty", "Nm"])
                .or_else(|| text(detail, &["RltdPties", "Dbtr", "Nm"])),
            remittance: remittance(detail),
            end_to_end: text(detail, &["Refs", "EndToEndId"]).filter(|id| id != "NOTPROVIDED"),
        });
    }
    if sum == amount.minor {
        Ok(())
    } else {
        Err(BankError::Sum { entry: entry.number, expected: amount, found: sum })
    }
}

/// What a transaction calls itself towards the account's bank.
fn reference(detail: Node<'_, '_>) -> Option<String> {
    ["AcctSvcrRef", "TxId", "UETR"].iter().find_map(|name| text(detail, &["Refs", name]))
}

fn remittance(detail: Node<'_, '_>) -> Option<String> {
    let lines: Vec<String> = child(detail, "RmtInf")
        .into_iter()
        .flat_map(|node| children(node, "Ustrd").collect::<Vec<_>>())
        .filter_map(|node| node.text().map(|text| text.trim().to_owned()))
        .collect();
    let joined = lines.join(" ");
    if joined.is_empty() { None } else { Some(joined) }
}

fn amount(entry: Entry<'_, '_>, node: Option<Node<'_, '_>>) -> Result<Money, BankError> {
    let node = node.ok_or_else(|| entry.missing("Amt"))?;
    let currency: Currency = node
        .attribute("Ccy")
        .ok_or_else(|| entry.missing("Ccy"))?
        .parse()
        .map_err(|_shape| entry.unreadable("Ccy"))?;
    let text = node.text().unwrap_or_default().trim();
    Money::read(text, '.', currency).ok_or_else(|| entry.unreadable("Amt"))
}

fn value_date(entry: Entry<'_, '_>) -> Result<Date, BankError> {
    let choice = child(entry.node, "ValDt")
        .or_else(|| child(entry.node, "BookgDt"))
        .ok_or_else(|| entry.missing("ValDt"))?;
    let read = if let Some(day) = text(choice, &["Dt"]) {
        day.get(..10).and_then(|day| day.parse().ok())
    } else {
        // An instant with its offset counts in Beijing; one without is the bank's own wall clock.
        text(choice, &["DtTm"]).and_then(|at| match at.parse::<codes::Moment>() {
            Ok(at) => Some(at.date()),
            Err(_) => at.get(..10).and_then(|day| day.parse().ok()),
        })
    };
    read.ok_or_else(|| entry.unreadable("ValDt"))
}

fn children<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn child<'a, 'input: 'a>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

fn path<'a, 'input: 'a>(node: Node<'a, 'input>, names: &[&str]) -> Option<Node<'a, 'input>> {
    names.iter().try_fold(node, |node, name| child(node, name))
}

/// The text of a descendant, without blanks at its ends; `None` if it is empty.
fn text(node: Node<'_, '_>, names: &[&str]) -> Option<String> {
    let text = path(node, names)?.text()?.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(entries: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>N-2026042101</MsgId><CreDtTm>2026-04-21T09:30:00+08:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><Othr><Id>6228480402564890018</Id></Othr></Id></Acct>{entries}</Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>"#
        )
    }

    fn entry(amount: &str, inside: &str) -> String {
        format!(
            "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <ValDt><Dt>2026-04-21</Dt></ValDt><AcctSvcrRef>ABOC-77</AcctSvcrRef>{inside}</Ntry>"
        )
    }

    #[test]
    fn a_credit_is_read_with_payer_and_references() {
        let details = "<NtryDtls><TxDtls><Refs><EndToEndId>LEASE-1523-01</EndToEndId><UETR>u</UETR></Refs>\
            <Amt Ccy=\"CNY\">300000.00</Amt><RltdPties><Dbtr><Pty><Nm>Erdenet Trans LLC</Nm></Pty></Dbtr></RltdPties>\
            <RmtInf><Ustrd>rent 1</Ustrd><Ustrd>and part of 2</Ustrd></RmtInf></TxDtls></NtryDtls>";
        let found = credits(&message(&entry("300000.00", details))).unwrap();
        let expected = Credit {
            bank_ref: "u".to_owned(),
            account: "6228480402564890018".to_owned(),
            value_on: Date::constant(2026, 4, 21),
            amount: Money::new(30_000_000, Currency::CNY),
            payer: Some("Erdenet Trans LLC".to_owned()),
            remittance: Some("rent 1 and part of 2".to_owned()),
            end_to_end: Some("LEASE-1523-01".to_owned()),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn older_versions_and_bare_entries_are_read_too() {
        let old = message(&entry("227353.75", ""))
            .replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
            .replace("<Dt>2026-04-21</Dt>", "<DtTm>2026-04-20T17:30:00Z</DtTm>")
            .replace("001.08", "001.02");
        let found = credits(&old).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].bank_ref.as_str(), found[0].amount.minor), ("ABOC-77", 22_735_375));
        assert_eq!(found[0].value_on, Date::constant(2026, 4, 21), "01:30 in Beijing");
    }

    #[test]
    fn debits_reversals_and_announcements_are_left_out() {
        for (from, to) in [
            ("CRDT", "DBIT"),
            ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts><Cd>PDNG</Cd></Sts>"),
            ("<Sts>", "<RvslInd>true</RvslInd><Sts>"),
        ] {
            let xml = message(&entry("1.00", "").replace(from, to));
            assert_eq!(credits(&xml), Ok(Vec::new()), "{to}");
        }
    }

    #[test]
    fn transactions_of_one_entry_add_up_to_it() {
        let part = |amount: &str| format!("<TxDtls><Amt Ccy=\"CNY\">{amount}</Amt></TxDtls>");
        let both = |one: &str, other: &str| {
            entry("10.00", &format!("<NtryDtls>{}{}</NtryDtls>", part(one), part(other)))
        };
        let found = credits(&message(&both("4.00", "6.00"))).unwrap();
        let told: Vec<(&str, i64)> =
            found.iter().map(|one| (one.bank_ref.as_str(), one.amount.minor)).collect();
        assert_eq!(told, [("ABOC-77/1", 400), ("ABOC-77/2", 600)]);
        let expected = Money::new(1_000, Currency::CNY);
        let fault = BankError::Sum { entry: 1, expected, found: 999 };
        assert_eq!(credits(&message(&both("4.00", "5.99"))), Err(fault));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let broken = |from: &str, to: &str| credits(&message(&entry("1.00", "")).replace(from, to));
        let missing = |field| Err(BankError::Missing { entry: 1, field });
        let unreadable = |field| Err(BankError::Unreadable { entry: 1, field });
        assert_eq!(broken(" Ccy=\"CNY\"", ""), missing("Ccy"));
        assert_eq!(broken("CNY", "Yuan"), unreadable("Ccy"));
        assert_eq!(broken(">1.00<", ">1.005<"), unreadable("Amt"));
        assert_eq!(broken("2026-04-21</Dt>", "2026-04-31</Dt>"), unreadable("ValDt"));
        assert_eq!(broken("<ValDt><Dt>2026-04-21</Dt></ValDt>", ""), missing("ValDt"));
        assert_eq!(broken("<AcctSvcrRef>ABOC-77</AcctSvcrRef>", ""), missing("AcctSvcrRef"));
        assert_eq!(broken("<Othr><Id>6228480402564890018</Id></Othr>", ""), missing("Acct"));
        assert_eq!(broken("BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt"), Err(BankError::OtherMessage));
        assert!(matches!(broken("</Document>", ""), Err(BankError::Xml(_))));
        // Entities of a document type could grow without end.
        let bomb = "<!DOCTYPE d [<!ENTITY a \"aaaa\">]><Document>&a;</Document>";
        assert!(matches!(credits(bomb), Err(BankError::Xml(_))));
    }
}

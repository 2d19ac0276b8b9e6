//! Who may move bonded goods by itself (集团备案): the conditions of a group and its level.

use codes::Label;
use serde::{Deserialize, Serialize};

/// The credit grade of customs (海关信用等级), best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditGrade {
    /// AEO 高级认证.
    Advanced,
    /// 备案 (neither certified nor dishonest).
    Ordinary,
    /// 失信, 严重失信 included.
    Dishonest,
}

/// How much a group does by itself (自核自管层级).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Customs approves each transfer.
    L0,
    /// Moves by itself, reports later.
    L1,
    /// Verifies itself, main-material method.
    L2,
}

/// What the rows ask of the lead enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Industries whose lead enterprise only must not be dishonest, such as `major_equipment`.
    pub listed_industries: Vec<String>,
    /// Law and article.
    pub source: String,
}

/// A member enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// Who.
    pub uscc: String,
    /// Its credit.
    pub grade: CreditGrade,
    /// Whether its legal representative signed the mandate.
    pub mandate: bool,
    /// Whether holdings are proven.
    pub holdings_proven: bool,
}

/// What is known of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    /// The lead enterprise's credit.
    pub lead: CreditGrade,
    /// Its industry.
    pub industry: String,
    /// The members, the lead among them.
    pub members: Vec<MemberFacts>,
    /// Whether systems are complete (信息化系统).
    pub systems_complete: bool,
    /// Whether consumption can be traced (单耗可追溯).
    pub traceable: bool,
    /// Whether goods under quotas are among the materials.
    pub quota_goods: bool,
}

/// A condition that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "condition")]
pub enum GroupFault {
    /// The lead enterprise's credit is not good enough.
    Lead {
        /// What it is.
        grade: CreditGrade,
    },
    /// A member is dishonest.
    Dishonest {
        /// Which.
        uscc: String,
    },
    /// A member's mandate is missing.
    Mandate {
        /// Which.
        uscc: String,
    },
    /// A member's holdings are not proven.
    Holdings {
        /// Which.
        uscc: String,
    },
    /// Systems are not complete.
    Systems,
    /// Consumption cannot be traced.
    Traceability,
    /// Goods under quotas are among the materials.
    QuotaGoods,
}

impl GroupFault {
    /// What it says, in both languages: the refusal names it.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::Lead { .. } => Label::new(
                "牵头企业不是高级认证企业，也不属于放宽行业的非失信企业",
                "the lead enterprise is neither AEO advanced nor of a listed industry and honest",
            ),
            Self::Dishonest { uscc } => Label::new(
                format!("成员企业{uscc}为失信企业"),
                format!("member {uscc} is dishonest"),
            ),
            Self::Mandate { uscc } => Label::new(
                format!("成员企业{uscc}未授权"),
                format!("member {uscc} gave no mandate"),
            ),
            Self::Holdings { uscc } => Label::new(
                format!("成员企业{uscc}持股关系未证明"),
                format!("holdings of member {uscc} are not proven"),
            ),
            Self::Systems => Label::new("信息化系统不完善", "systems are not complete"),
            Self::Traceability => Label::new("料件耗用不能追溯", "consumption cannot be traced"),
            Self::QuotaGoods => Label::new(
                "含有关税配额、许可限制料件",
                "goods under quotas are among the materials",
            ),
        }
    }
}

/// The conditions that a group fails, the lead first.
///
/// # Source
/// 海关总署公告2021年第80号, widened by 2023年第166号; the listed industries come in as the row.
#[must_use]
pub fn group_faults(facts: &GroupFacts, row: &GroupRow) -> Vec<GroupFault> {
    let mut faults = Vec::new();
    let good = match facts.lead {
        CreditGrade::Advanced => true,
        CreditGrade::Ordinary => row.listed_industries.contains(&facts.industry),
        CreditGrade::Dishonest => false,
    };
    if !good {
        faults.push(GroupFault::Lead { grade: facts.lead });
    }
    for member in &facts.members {
        let uscc = || member.uscc.clone();
        let holds = [
            (member.grade == CreditGrade::Dishonest, GroupFault::Dishonest { uscc: uscc() }),
            (!member.mandate, GroupFault::Mandate { uscc: uscc() }),
            (!member.holdings_proven, GroupFault::Holdings { uscc: uscc() }),
        ];
        faults.extend(holds.into_iter().filter(|(fails, _)| *fails).map(|(_, fault)| fault));
    }
    let whole = [
        (!facts.systems_complete, GroupFault::Systems),
        (!facts.traceable, GroupFault::Traceability),
        (facts.quota_goods, GroupFault::QuotaGoods),
    ];
    faults.extend(whole.into_iter().filter(|(fails, _)| *fails).map(|(_, fault)| fault));
    faults
}

/// The level in force: that which was granted, or L0 as soon as the lead is no longer good enough or a member is dishonest.
#[must_use]
pub fn level_in_force(granted: Level, facts: &GroupFacts, row: &GroupRow) -> Level {
    let lost = group_faults(facts, row)
        .iter()
        .any(|fault| matches!(fault, GroupFault::Lead { .. } | GroupFault::Dishonest { .. }));
    if lost { Level::L0 } else { granted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(uscc: &str) -> MemberFacts {
        MemberFacts {
            uscc: uscc.to_owned(),
            grade: CreditGrade::Ordinary,
            mandate: true,
            holdings_proven: true,
        }
    }

    fn facts() -> GroupFacts {
        GroupFacts {
            lead: CreditGrade::Advanced,
            industry: "aircraft".to_owned(),
            members: vec![member("A"), member("B")],
            systems_complete: true,
            traceable: true,
            quota_goods: false,
        }
    }

    fn row() -> GroupRow {
        GroupRow {
            listed_industries: vec!["major_equipment".to_owned()],
            source: "source".to_owned(),
        }
    }

    #[test]
    fn an_ordinary_lead_needs_a_listed_industry() {
        let table = [
            (CreditGrade::Advanced, "aircraft", true),
            (CreditGrade::Ordinary, "aircraft", false),
            (CreditGrade::Ordinary, "major_equipment", true),
            (CreditGrade::Dishonest, "major_equipment", false),
        ];
        for (lead, industry, good) in table {
            let facts = GroupFacts { lead, industry: industry.to_owned(), ..facts() };
            assert_eq!(group_faults(&facts, &row()).is_empty(), good, "{lead:?} {industry}");
        }
    }

    #[test]
    fn every_failing_condition_is_named_once() {
        let mut bad = facts();
        bad.members[1] = MemberFacts {
            grade: CreditGrade::Dishonest,
            mandate: false,
            holdings_proven: false,
            ..member("B")
        };
        (bad.systems_complete, bad.traceable, bad.quota_goods) = (false, false, true);
        let uscc = || "B".to_owned();
        let expected = [
            GroupFault::Dishonest { uscc: uscc() },
            GroupFault::Mandate { uscc: uscc() },
            GroupFault::Holdings { uscc: uscc() },
            GroupFault::Systems,
            GroupFault::Traceability,
            GroupFault::QuotaGoods,
        ];
        assert_eq!(group_faults(&bad, &row()), expected);
    }

    #[test]
    fn s14_a_dishonest_member_or_a_lost_certificate_drops_the_level_at_once() {
        assert_eq!(level_in_force(Level::L2, &facts(), &row()), Level::L2);
        let mut fallen = facts();
        fallen.members[0].grade = CreditGrade::Dishonest;
        assert_eq!(level_in_force(Level::L2, &fallen, &row()), Level::L0);
        let lost = GroupFacts { lead: CreditGrade::Ordinary, ..facts() };
        assert_eq!(level_in_force(Level::L1, &lost, &row()), Level::L0);
        // A paper that is missing is asked for; it does not take the level.
        let mut paper = facts();
        paper.members[0].mandate = false;
        assert_eq!(level_in_force(Level::L1, &paper, &row()), Level::L1);
    }
}

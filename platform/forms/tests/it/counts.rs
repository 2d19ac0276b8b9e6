//! The counts that spec 28 prints (S1, S2) and those of 01 S1.

use crate::data::{SETUP, dictionary, forms, merged, qinghe, qinghe_food, setup_and};
use elements::Element;
use forms::{FormError, MergedField, ServiceForm, Slot, count_answers};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn s1_packages_merge_to_the_printed_table() {
    // separate, merged, plain, card, selectors, role attributes
    for (more, want) in [
        (&[][..], [296, 107, 58, 11, 16, 22]),
        (&["food"][..], [343, 131, 72, 11, 18, 30]),
        (&["food", "hyg"][..], [367, 138, 78, 11, 19, 30]),
        (&["pub", "netpub"][..], [354, 124, 67, 11, 17, 29]),
        (&["food", "hyg", "pub", "netpub"][..], [425, 152, 84, 11, 20, 37]),
    ] {
        let gain = merged(&setup_and(more)).gain;
        let got = [
            gain.separate,
            gain.merged(),
            gain.plain,
            gain.person,
            gain.selectors,
            gain.role_attributes,
        ];
        assert_eq!(got, want, "{more:?}");
    }
}

#[test]
fn publication_services_merge_to_38() {
    let gain = merged(&["pub", "netpub"]).gain;
    let got = [
        gain.separate,
        gain.merged(),
        gain.plain,
        gain.person,
        gain.selectors,
        gain.role_attributes,
    ];
    assert_eq!(got, [58, 38, 23, 5, 3, 7]);
    assert_eq!(merged(&["pub"]).gain.separate, 33);
}

#[test]
fn each_service_form_has_the_printed_number_of_fields() {
    for (service, want) in [
        ("name", 21),
        ("reg", 54),
        ("bo", 16),
        ("seal", 20),
        ("tax", 48),
        ("soc", 34),
        ("med", 23),
        ("fund", 34),
        ("bank", 46),
        ("food", 47),
        ("hyg", 24),
        ("pub", 33),
        ("netpub", 25),
    ] {
        assert_eq!(forms(&[service])[0].len(), want, "{service}");
    }
}

#[test]
fn each_service_adds_the_printed_number_of_fields() {
    let gain = merged(&setup_and(&["food", "hyg", "pub", "netpub"])).gain;
    let got: Vec<(&str, usize)> =
        gain.added.iter().map(|(service, added)| (service.as_str(), *added)).collect();
    assert_eq!(
        got,
        [
            ("name", 20),
            ("reg", 26),
            ("bo", 10),
            ("seal", 7),
            ("tax", 16),
            ("soc", 11),
            ("med", 2),
            ("fund", 5),
            ("bank", 10),
            ("food", 24),
            ("hyg", 7),
            ("pub", 5),
            ("netpub", 9),
        ]
    );
}

#[test]
fn of_107_fields_39_are_shared_8_derived_and_at_most_99_typed() {
    let form = merged(&SETUP);
    assert_eq!((form.gain.shared, form.gain.single()), (39, 68));
    assert_eq!(form.gain.never_typed, 8);
    assert_eq!((form.gain.typed(), form.gain.typed_with_resident_ids()), (99, 96));
    let typed = |element: &Arc<Element>| !element.is_never_typed();
    let mut derived: Vec<String> = form
        .fields
        .iter()
        .filter(|field| field.element.as_ref().is_some_and(|element| !typed(element)))
        .map(|field| field.uses.keys().map(ToString::to_string).collect::<String>())
        .collect();
    derived.sort();
    assert_eq!(
        derived,
        [
            "account_number",
            "enterprise_name",
            "establishment_date",
            "headcount",
            "injury_risk_class",
            "registration_authority",
            "shareholder[].ratio",
            "uscc",
        ]
    );
}

fn called(field: &MergedField) -> String {
    match &field.slot {
        Slot::Plain(key) => key.to_string(),
        Slot::Person(key) => format!("person.{key}"),
        Slot::Selector(subject) => subject.to_string(),
        Slot::RoleAttribute(subject, key) | Slot::RowAttribute(subject, key) => {
            format!("{subject}.{key}")
        }
    }
}

#[test]
fn the_39_shared_fields_are_asked_by_the_printed_number_of_services() {
    let mut got: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for field in merged(&SETUP).fields.iter().filter(|field| field.asked_by.len() > 1) {
        got.entry(field.asked_by.len()).or_default().push(called(field));
    }
    got.values_mut().for_each(|names| names.sort());
    let want: BTreeMap<usize, Vec<&str>> = [
        (
            9,
            vec![
                "enterprise_name",
                "person.id_number",
                "person.id_type",
                "person.mobile",
                "person.name",
            ],
        ),
        (8, vec!["address_division", "enterprise_type"]),
        (7, vec!["address_detail", "legal_representative", "phone", "uscc"]),
        (6, vec!["industry_code"]),
        (5, vec!["person.nationality", "postcode"]),
        (
            4,
            vec![
                "bank_branch",
                "capital_currency",
                "establishment_date",
                "person.birth_date",
                "person.sex",
                "registered_capital",
            ],
        ),
        (
            3,
            vec![
                "account_number",
                "business_scope",
                "business_term",
                "employee[]",
                "employee[].contract_start",
                "employee[].monthly_wage",
                "first_month",
                "person.email",
                "person.home_address",
                "shareholder[]",
            ],
        ),
        (
            2,
            vec![
                "agent",
                "beneficial_owner[]",
                "beneficial_owner[].bo_basis",
                "business_address",
                "email",
                "headcount",
                "person.id_expiry",
                "person.phone",
                "registration_authority",
            ],
        ),
    ]
    .into();
    assert_eq!(got.len(), want.len());
    for (count, names) in want {
        assert_eq!(got[&count], names, "asked by {count}");
    }
}

#[test]
fn s1_a_repeated_path_is_refused() {
    let text = "service: twice\nfields: [\"postcode phone\", \"postcode*\"]\n";
    match ServiceForm::parse(&dictionary(), "twice.yaml", text) {
        Err(FormError::Faults { faults, .. }) => {
            let shown: Vec<String> = faults
                .iter()
                .map(|fault| format!("{} {fault}", codes::Coded::reason(fault)))
                .collect();
            assert_eq!(shown, ["DUPLICATE_FIELD `twice` asks `postcode` twice"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn s2_the_merged_form_saves_217_answers_of_352() {
    let forms = forms(&SETUP);
    let count = count_answers(&qinghe(), &forms.iter().collect::<Vec<_>>());
    let separate: Vec<(&str, usize)> =
        count.separate.iter().map(|(service, n)| (service.as_str(), *n)).collect();
    assert_eq!(
        separate,
        [
            ("name", 25),
            ("reg", 66),
            ("bo", 3),
            ("seal", 27),
            ("tax", 43),
            ("soc", 52),
            ("med", 39),
            ("fund", 47),
            ("bank", 50),
        ]
    );
    assert_eq!(count.separately(), 352);
    assert_eq!(
        [count.plain, count.person, count.selectors, count.role_attributes],
        [44, 24, 22, 45]
    );
    assert_eq!(count.merged(), 135);
}

#[test]
fn s2_with_food_180_answers_instead_of_422() {
    let forms = forms(&setup_and(&["food"]));
    let count = count_answers(&qinghe_food(), &forms.iter().collect::<Vec<_>>());
    assert_eq!(count.separately(), 422);
    assert_eq!(
        [count.plain, count.person, count.selectors, count.role_attributes],
        [56, 24, 26, 74]
    );
    assert_eq!(count.merged(), 180);
}

#[test]
fn twenty_nine_file_slots_become_one_upload_and_four_documents() {
    let gain = merged(&SETUP).gain.materials;
    assert_eq!(gain.separate, 29);
    let names = |set: &std::collections::BTreeSet<elements::Key>| {
        set.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names(&gain.uploads), ["premises_proof"]);
    assert_eq!(
        names(&gain.confirmable),
        ["premises_proof"],
        "none where the address base confirms the right"
    );
    assert_eq!(names(&gain.generated), ["application", "articles", "mandate", "resolutions"]);
    for (service, slots) in
        [("reg", 6), ("seal", 4), ("tax", 3), ("soc", 3), ("med", 2), ("fund", 4), ("bank", 7)]
    {
        assert_eq!(merged(&[service]).gain.materials.separate, slots, "{service}");
    }
}

#[test]
fn the_merged_form_is_ordered_by_cards_of_the_page() {
    let form = merged(&setup_and(&["food"]));
    assert!(form.fields.is_sorted_by_key(|field| field.card));
    for card in elements::PageCard::ALL {
        assert!(form.on_card(card).next().is_some(), "{card:?} is empty");
    }
    let counted: usize =
        elements::PageCard::ALL.iter().map(|card| form.on_card(*card).count()).sum();
    assert_eq!(counted, 131);
}

#[test]
fn a_card_needs_what_its_roles_need() {
    let form = merged(&SETUP);
    let needed = |roles: &[&str]| {
        let keys: Vec<elements::Key> = roles.iter().map(|role| role.parse().unwrap()).collect();
        let needed = form.needed_of_card(&keys.iter().collect());
        needed
            .into_iter()
            .map(|(field, by)| format!("{}{}", called(field), if by.is_empty() { "?" } else { "" }))
            .collect::<Vec<_>>()
    };
    assert_eq!(needed(&["reconciler"]), ["person.name", "person.mobile"]);
    assert_eq!(
        needed(&["fund_handler"]),
        ["person.name", "person.id_type", "person.id_number", "person.mobile", "person.email?"]
    );
    assert!(needed(&["controller"]).contains(&"person.id_expiry".to_owned()));
    assert!(!needed(&["agent"]).contains(&"person.id_expiry".to_owned()));
}

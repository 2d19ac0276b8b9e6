//! Identifiers as they travel: through JSON, strictly, in both directions.

use codes::{CaseNo, Country, Division, FoodLicenceNo, Industry, Mobile, ResidentId, Uscc};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Card {
    uscc: Uscc,
    id: ResidentId,
    division: Division,
    country: Country,
    industry: Industry,
    licence: FoodLicenceNo,
    case_no: CaseNo,
    mobile: Mobile,
}

const CARD: &str = r#"{"uscc":"91440115MAD2K7Q49J","id":"440113199003074516","division":"440115","country":"CHN","industry":"H6210","licence":"JY24401150002186","case_no":"440115-260212-000001-33","mobile":"13800138000"}"#;

#[test]
fn identifiers_keep_their_text_through_json() {
    let card: Card = serde_json::from_str(CARD).unwrap();
    assert_eq!(serde_json::to_string(&card).unwrap(), CARD);
}

#[test]
fn a_failed_check_stops_at_the_door_and_says_what_it_wanted() {
    for (right, wrong, wanted) in [
        ("Q49J", "Q49K", "`J` expected"),
        ("074516", "074515", "`6` expected"),
        ("0002186", "0002185", "`6` expected"),
        ("000001-33", "000001-34", "`33` expected"),
        ("440115\",\"country", "990115\",\"country", "no such division"),
        ("CHN", "XXX", "not in the code list"),
    ] {
        let error = serde_json::from_str::<Card>(&CARD.replace(right, wrong)).unwrap_err();
        assert!(error.to_string().contains(wanted), "{wrong}: {error}");
    }
}

//! What the parts promise to people who cannot see colours or run scripts.

use codes::{Date, Lang};
use maud::{Render, html};
use portal::{
    Button, Choice, Column, Control, Field, Heat, HeatColumn, HeatRow, Lane, Pressure, Row, Span,
    SpanState, Table, Timeline, Tone, days_left, error_summary, field_id,
};

#[test]
fn an_error_leads_to_its_field_and_the_field_names_its_error() {
    let name = "employee[0].mobile";
    let summary = error_summary(Lang::Zh, [(name, "请填写 11 位手机号码")]).into_string();
    assert!(summary.contains("href=\"#f-employee-0--mobile\""));
    let field = Field::text(Lang::Zh, name, "手机")
        .error(Some("请填写 11 位手机号码"))
        .hint("内地号码")
        .render()
        .into_string();
    assert!(field.contains("id=\"f-employee-0--mobile\""));
    assert!(field.contains("aria-invalid=\"true\""));
    assert!(
        field.contains("aria-describedby=\"f-employee-0--mobile-hint f-employee-0--mobile-error\"")
    );
    assert!(field.contains("name=\"employee[0].mobile\""));
    assert_eq!(error_summary(Lang::Zh, []).into_string(), "");
}

#[test]
fn every_control_has_a_label_that_belongs_to_it() {
    let choices = || vec![Choice::new("1", "一"), Choice::new("2", "二")];
    let text = || Control::Text { max: Some(50), autocomplete: Some("name"), inputmode: None };
    for control in [
        text(),
        Control::Area { max: None, lines: 3 },
        Control::Number { unit: "m²".to_owned(), decimal: true },
        Control::Money,
        Control::Date,
        Control::Month,
        Control::Select { choices: choices(), search: true },
        Control::Tick,
        Control::File { accept: ".pdf".to_owned(), multiple: false },
        Control::Output,
        Control::Search {
            from: "/x".to_owned(),
            chosen: None,
            query: String::new(),
            found: choices(),
        },
    ] {
        let told = format!("{control:?}");
        let html = Field::new(Lang::Zh, "x", "名", control).value("1").render().into_string();
        assert!(html.contains("for=\"f-x\"") && html.contains("id=\"f-x\""), "{told}: {html}");
    }
    for control in [Control::Radios(choices()), Control::Checks(choices())] {
        let html = Field::new(Lang::Zh, "x", "名", control).value("2").render().into_string();
        assert!(html.contains("<legend>名"), "{html}");
        assert!(html.contains("id=\"f-x\"") && html.contains("id=\"f-x-1\""));
        assert_eq!(html.matches(" checked").count(), 1);
    }
    assert_eq!(field_id("a.b[]"), "f-a-b--");
}

#[test]
fn what_people_type_is_escaped_everywhere() {
    let evil = "\"><script>alert(1)</script>";
    let field = Field::text(Lang::Zh, evil, evil)
        .value(evil)
        .hint(evil)
        .error(Some(evil))
        .render()
        .into_string();
    let table = Table::new(
        Lang::Zh,
        evil,
        vec![Column::new(evil)],
        vec![Row::new(vec![html! { (evil) }]).href(evil)],
    );
    for text in
        [field, table.render().into_string(), days_left(Lang::Zh, 1, 3, Some(evil)).into_string()]
    {
        assert!(!text.contains("<script"), "{text}");
    }
}

#[test]
fn a_timeline_says_in_its_table_what_it_draws() {
    let day = |d| Date::constant(2026, 2, d);
    let line = Timeline {
        lang: Lang::En,
        caption: "Progress".to_owned(),
        id: "t".to_owned(),
        from: day(12),
        to: day(28),
        today: Some(day(26)),
        rest_days: vec![day(15)],
        lanes: vec![Lane {
            organ: "Market supervision".to_owned(),
            task: "Food licence".to_owned(),
            state: (Tone::Time, "Stopped".to_owned()),
            spans: vec![
                Span { from: day(12), to: day(24), state: SpanState::Running, cause: None },
                Span {
                    from: day(25),
                    to: day(28),
                    state: SpanState::Stopped,
                    cause: Some("test".to_owned()),
                },
            ],
            promise: Some(day(13)),
            statutory: Some(Date::constant(2026, 3, 10)),
            href: None,
        }],
    };
    let text = line.render().into_string();
    let (drawing, table) = text.split_once("<table").unwrap();
    for word in ["25 Feb–28 Feb", "stopped by law", "test"] {
        assert!(drawing.contains(word), "{word} in the drawing");
        assert!(table.contains(word), "{word} in the table");
    }
    assert!(table.contains("Tue 10 March 2026"), "a day beyond the axis stands in the table");
    assert!(drawing.contains("class=\"promise\"") && drawing.contains("class=\"today\""));
}

#[test]
fn a_heat_map_speaks_in_numbers_and_shapes() {
    let cell = |n| (n, format!("/cases?n={n}"));
    let heat = Heat {
        lang: Lang::Zh,
        caption: "在办".to_owned(),
        row_name: "单位".to_owned(),
        columns: vec![
            HeatColumn { pressure: Pressure::Overdue, label: "已超期".to_owned() },
            HeatColumn { pressure: Pressure::Far, label: "五天以上".to_owned() },
        ],
        rows: vec![
            HeatRow { label: "市监".to_owned(), href: None, cells: vec![cell(0), cell(40)] },
            HeatRow { label: "税务".to_owned(), href: None, cells: vec![cell(3), cell(1)] },
        ],
    };
    let text = heat.render().into_string();
    assert!(text.contains("▲"));
    assert!(text.contains("class=\"overdue level-4\"") && text.contains("class=\"far level-1\""));
    assert!(text.contains("href=\"/cases?n=40\"") && !text.contains("href=\"/cases?n=0\""));
    assert_eq!(text.matches("class=\"sum\"").count(), 2);
}

#[test]
fn days_left_are_words_and_a_stop_names_its_cause() {
    assert!(days_left(Lang::Zh, -2, 10, None).into_string().contains("已超 2 个工作日"));
    assert!(days_left(Lang::En, 3, 10, Some("检测")).into_string().contains("stopped: 检测"));
    assert!(days_left(Lang::En, 0, 0, None).into_string().contains("due today"));
}

#[test]
fn the_caption_of_a_list_is_read_out_and_not_seen_twice() {
    let table = || Table::new(Lang::Zh, "送达记录", vec![Column::new("时间")], vec![]);
    let text = table().render().into_string();
    assert!(text.contains("<caption class=\"away\">送达记录</caption>"), "{text}");
    assert!(!text.contains("本页"), "nobody counts rows that are all there: {text}");
    let text = table().captioned().live_filter().render().into_string();
    assert!(
        text.contains("<caption class=\"\">送达记录</caption>") && text.contains("本页"),
        "{text}"
    );
}

#[test]
fn a_button_may_post_its_form_elsewhere() {
    let text = Button::second("申报", "reserve").to("/cases/1/name").render().into_string();
    assert!(text.contains("formaction=\"/cases/1/name\"") && text.contains("value=\"reserve\""));
}

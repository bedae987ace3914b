import Hebrew
import Testing

/// What words say about whether the caller is done. Each case stands as it would be heard, without a recogniser's punctuation.
@Suite struct UtteranceShapeTests {
    @Test(
        arguments: [
            ("", .nothing), ("  ", .nothing),
            ("אמ", .hesitation), ("אה", .hesitation), ("הממ", .hesitation), ("אממ כאילו", .hesitation),
            ("אהה", .backchannel), ("כן כן", .backchannel), ("אוקיי", .backchannel), ("הבנתי", .backchannel), ("כן", .backchannel),
            ("לא", .shortAnswer), ("תודה", .shortAnswer), ("לא תודה", .shortAnswer), ("בסדר גמור", .shortAnswer), ("תודה רבה", .shortAnswer),
            ("כמה זה עולה", .question), ("מתי אתם פותחים", .question), ("אפשר לקבוע תור", .question), ("יש לכם חניה", .question),
            ("אני מחפש דירה?", .question), ("ומה המחיר", .question),
            ("אני מחפש דירה עם", .trailing), ("אני צריך את", .trailing), ("רציתי לשאול אם", .trailing), ("אני רוצה לקבוע תור אבל", .trailing),
            ("הדירה של", .trailing), ("כי", .trailing), ("אני גר בתל אביב ו", .trailing), ("אני רוצה תור אמ", .trailing), ("אני", .trailing),
            ("המספר שלי אפס חמש", .openNumber), ("אפס חמש שתיים אחת שתיים שלוש", .openNumber), ("052", .openNumber), ("0521234", .openNumber),
            ("אפס חמש שתיים אחת שתיים שלוש ארבע חמש שש שבע", .wholeNumber), ("0521234567", .wholeNumber), ("036123456", .wholeNumber),
            ("שלוש אחת ארבע", .openNumber),
            ("ביום", .openDate), ("בעשרים ושלושה", .openDate), ("אפשר בתאריך", .openDate),
            ("אני גר ברחוב הרצל", .openAddress), ("רחוב בן יהודה", .openAddress), ("ברחוב", .openAddress), ("אני רוצה תור אהה", .trailing),
            ("אני גר ברחוב הרצל 5", .plain), ("ברחוב הרצל חמש", .plain),
            ("אני מחפש דירה להשכרה", .plain), ("תל אביב", .plain), ("שלושה חדרים", .plain), ("יום שלישי", .plain), ("קוראים לי דנה", .plain),
        ] as [(String, UtteranceShape)]) func shapes(_ text: String, _ shape: UtteranceShape)
    {
        #expect(UtteranceShape(text) == shape)
    }

    /// Points, pictures and what nobody says: it answers, whatever comes.
    @Test func anythingHasAShape() {
        #expect(UtteranceShape("שָׁלוֹם") == UtteranceShape("שלום"))
        #expect(UtteranceShape("\u{202B}כן\u{202C}") == .backchannel)
        #expect(UtteranceShape(String(repeating: "אפס ", count: 10_000)) == .wholeNumber)
        #expect(UtteranceShape("🙂🙂") == .nothing)
        for shape in [UtteranceShape.nothing, .hesitation, .backchannel] { #expect(shape.isNoInterruption) }
        #expect(!UtteranceShape("רגע, יש לי שאלה").isNoInterruption)
    }
}

/// How Hebrew words sound in the phones of the recogniser's English acoustic model (CMU phones, no stress marks).
///
/// One word per line: the word, a tab, its pronunciations separated by `|`, phones separated by single spaces.
enum RecogniserLexiconData {
    static let parts = [first, second, third]

    static let first = #"""
        אבי	AA V IY
        אביב	AA V IY V
        אברהם	AA V W AA HH AA M|AA V W AA AA M|AA V R AA HH AA M|AA V R AA AA M
        אוקיי	OW K EY Y|OW K EY
        אורי	UW W IY|UW R IY
        אורלי	OW W L IY|OW R L IY
        אזור	EY Z OW W|EY Z OW R
        אחד	EY K AA D|EY HH AA D
        אחר	AA K AA W|AA HH AA R
        אחת	AA K AA T|AA HH AA T
        אין	EY N
        איתי	IY T AY|IY T AY IY|IY T AA IY
        אלי	EY L IY
        אליי	EY L AY|EY L AY IY|EY L AA IY
        אמיר	AA M IY W|AA M IY R
        אמרת	AA M AA W T AA|AA M AA R T AA
        אני	AA N IY
        אסתר	EY S T EY W|EY S T EY R
        אפשר	EY F SH AA W|EY F SH AA R
        ארבע	AA W B AA|AA R B AA
        ארבעה	AA W B AA AA|AA R B AA AA
        אשדוד	AA SH D OW D
        אשמח	EY S M AA K|EY S M AA HH
        את	EY T
        באזור	B EY EY Z OW W|B EY EY Z OW R
        באחת	B EY AA K AA T|B EY AA HH AA T
        באר	B EY EY W|B EY EY R
        בארבע	B EY AA W B AA|B EY AA R B AA
        באשדוד	B EY AA SH D OW D
        בבאר	B EY B EY EY W|B EY B EY EY R
        בבוקר	B AA B OW K EY W|B AA B OW K EY R
        בבקשה	B EY V AA K AA SH AA|B EY V AA K SH AA
        בבת	B EY B AA T
        בגבעתיים	B EY G IY V AA T AY M|B EY G IY V AA T AY IY M|B EY G IY V AA T AA IY M
        בדיוק	B EY D IY Y UW K
        בהרצליה	B EY HH EY W T S EY L IY Y AA|B EY HH EY W T S L IY Y AA|B EY HH EY R T S EY L IY Y AA|B EY HH EY R T S L IY Y AA
        בחולון	B EY K OW L OW N|B EY HH OW L OW N
        בחיפה	B EY K EY F AA|B EY HH EY F AA
        בחמש	B EY K AA M EY SH|B EY HH AA M EY SH
        בטח	B EY T AA K|B EY T AA HH
        ביום	B EY Y OW M|B Y OW M
        ביי	B AY|B AY IY|B AA IY
        בירושלים	B IY W UW SH AA L AY M|B EY W UW SH AA L AY M|B IY W UW SH AA L AY IY M|B EY W UW SH AA L AY IY M|B IY R UW SH AA L AA IY M|B EY R UW SH AA L AA IY M
        בנתניה	B EY N EY T AA N Y AA|B EY N AA T AA N IY Y AA
        בסדר	B EY S EY D EY W|B EY S EY D EY R
        בערב	B AA EY W EY V|B AA EY R EY V
        בעשר	B EY EY S EY W|B EY EY S EY R
        בצהריים	B AA T S OW HH OW W AY M|B AA T S OW W AY M|B AA T S OW HH OW W AY IY M|B AA T S OW W AY IY M|B AA T S OW HH OW R AA IY M|B AA T S OW R AA IY M
        ברמת	B EY W AA M AA T|B EY R AA M AA T
        ברעננה	B EY W AA AA N AA N AA|B EY W AA N AA N AA|B EY R AA AA N AA N AA|B EY R AA N AA N AA
        בשבע	B EY SH EY V AA
        בשכירות	B IY S K IY W UW T|B IY S HH IY R UW T
        בשלוש	B EY SH AA L OW SH
        בשעה	B EY SH AA AA
        בשש	B EY SH EY SH
        בשתיים	B EY SH T AY M|B EY SH T AY IY M|B EY SH T AA IY M
        בשתים	B EY SH T EY M
        בת	B AA T
        בתל	B EY T EY L
        בתשע	B EY T EY SH AA
        גבעתיים	G IY V AA T AY M|G IY V AA T AY IY M|G IY V AA T AA IY M
        גיא	G AY|G AY IY|G AA IY
        גמור	G AA M UW W|G AA M UW R
        גן	G AA N
        דוד	D AA V IY D
        דירה	D IY W AA|D IY R AA
        דירת	D IY W AA T|D IY R AA T
        דנה	D AA N AA
        דניאל	D AA N IY EY L
        הבנתי	HH EY V AA N T IY|EY V AA N T IY
        הדירה	HH AA D IY W AA|HH AA D IY R AA
        הוא	HH UW
        החדרים	HH AA K AA D AA W IY M|HH AA HH AA D AA R IY M
        היום	HH AA Y OW M|AA Y OW M
        הכל	HH AA K OW L
        העיר	HH AA IY W|HH AY W|HH AY IY W|HH AA IY R
        הצהריים	HH AA T S OW HH OW W AY M|HH AA T S OW W AY M|HH AA T S OW HH OW W AY IY M|HH AA T S OW W AY IY M|HH AA T S OW HH OW R AA IY M|HH AA T S OW R AA IY M
        הקרוב	HH AA K AA W OW V|HH AA K AA R OW V
        הרצליה	HH EY W T S EY L IY Y AA|HH EY W T S L IY Y AA|HH EY R T S EY L IY Y AA|HH EY R T S L IY Y AA
        השכרה	HH AA S K AA W AA|AA S K AA W AA|HH AA S K AA R AA|AA S K AA R AA
        השם	HH AA SH EY M|AA SH EY M
        השעה	HH AA SH AA AA
        התאריך	HH AA T AA AA W IY K|HH AA T AA W IY K|HH AA T AA AA R IY HH|HH AA T AA R IY HH
        וחצי	V AA K EY T S IY|V EY K EY T S IY|V AA HH EY T S IY|V EY HH EY T S IY
        ולהתראות	V EY L EY HH IY T W AA OW T|V EY L IY T W AA OW T|V EY L EY HH IY T R AA OW T|V EY L IY T R AA OW T
        זה	Z EY
        זו	Z OW|Z UW
        חדר	K EY D EY W|HH EY D EY R
        חדרים	K AA D AA W IY M|HH AA D AA R IY M
        חולון	K OW L OW N|HH OW L OW N
        חיים	K AY M|K AY IY M|HH AA IY M
        חיפה	K EY F AA|HH EY F AA
        חמישה	K AA M IY SH AA|HH AA M IY SH AA
        חמישי	K AA M IY SH IY|HH AA M IY SH IY
        חמש	K AA M EY SH|HH AA M EY SH
        טוב	T OW V
        טל	T AA L
        טעות	T AA UW T
        יום	Y OW M
        יונתן	Y OW N AA T AA N
        יוסי	Y OW S IY
        ים	Y AA M
        יעל	Y AA EY L
        יעקב	Y AA AA K OW V
        יצחק	Y IY T S K AA K|IY T S K AA K|Y IY T S HH AA K|IY T S HH AA K
        ירושלים	Y EY W UW SH AA L AY M|Y EY W UW SH AA L AY IY M|Y EY R UW SH AA L AA IY M
        יש	Y EY SH
        כן	K EY N
        לא	L OW
        להשכיר	L EY HH AA S K IY W|L EY AA S K IY W|L EY HH AA S K IY R|L EY AA S K IY R
        להשכרה	L EY HH AA S K AA W AA|L EY AA S K AA W AA|L EY HH AA S K AA R AA|L EY AA S K AA R AA
        להתראות	L EY HH IY T W AA OW T|L EY T W AA OW T|L EY HH IY T R AA OW T|L EY T R AA OW T
        לחזור	L AA K Z OW W|L AA HH Z OW R
        לי	L IY
        ליאת	L IY AA T
        למכור	L IY M K OW W|L IY M K OW R
        למכירה	L IY M K IY W AA|L EY M EY K IY W AA|L IY M HH IY R AA|L EY M EY HH IY R AA
        לקנות	L IY K N OW T
        לקנייה	L IY K N IY Y AA
        לרכוש	L IY W K OW SH|L IY R K OW SH
        לשכור	L IY S K OW W|L IY S K OW R
        לשנות	L EY SH AA N OW T
        לתקן	L EY T AA K EY N
        מאיה	M AA Y AA
        מאשר	M EY AA SH EY W|M EY AA SH EY R
        מאשרת	M EY AA SH EY W EY T|M EY AA SH EY R EY T
        מדבר	M EY D AA B EY W|M EY D AA B EY R
        מדברת	M EY D AA B EY W EY T|M EY D AA B EY R EY T
        מה	M AA
        מוכר	M OW K EY W|M OW HH EY R
        מוכרת	M OW K EY W EY T|M OW HH EY R EY T
        מחפש	M EY K AA P EY S|M EY HH AA P EY S
        מחפשת	M EY K AA P EY S EY T|M EY HH AA P EY S EY T
        מחר	M AA K AA W|M AA HH AA R
        מחרתיים	M AA K AA W AA T AY M|M OW K OW W AA T AY M|M AA K AA W AA T AY IY M|M OW K OW W AA T AY IY M|M AA HH AA R AA T AA IY M|M OW HH OW R AA T AA IY M
        מיכל	M IY K AA L|M IY HH AA L
        מכירה	M EY K IY W AA|M EY HH IY R AA
        ממש	M AA M AA SH
        מספר	M IY S P AA W|M IY S P AA R
        מעוניין	M EY UW N Y AA N
        מעוניינת	M EY UW N Y EY N EY T
        מרים	M IY W Y AA M|M IY R Y AA M
        משה	M OW SH EY
        נועה	N OW AA
        נועם	N OW AA M
        נכון	N AA K OW N|N AA HH OW N
        נכונה	N EY K OW N AA|N EY HH OW N AA
        נתניה	N EY T AA N Y AA|N AA T AA N IY Y AA
        סליחה	S L IY K AA|S L IY HH AA
        עוד	OW D
        עומר	OW M EY W|OW M EY R
        עידו	IY D OW
        עכשיו	AA K SH AA V|AA HH SH AA V
        על	AA L
        עם	IY M
        עשר	EY S EY W|EY S EY R
        עשרה	EY S W EY|EY S R EY
        פגישה	P G IY SH AA
        פעם	P AA AA M
        צורך	T S OW W EY K|T S OW R EY HH
        צריך	T S AA W IY K|T S AA R IY HH
        קוראים	K OW W IY M|K OW R IY M
        קנייה	K N IY Y AA
        ראשון	W IY SH OW N|R IY SH OW N
        רבה	W AA B AA|R AA B AA
        רביעי	W EY V IY IY|R EY V IY IY
        רון	W OW N|R OW N
        רונית	W OW N IY T|R OW N IY T
        רוצה	W OW T S EY|R OW T S EY
        רותי	W UW T IY|R UW T IY
        רחל	W AA K EY L|R AA HH EY L
        רמת	W AA M AA T|R AA M AA T
        רעננה	W AA AA N AA N AA|W AA N AA N AA|R AA AA N AA N AA|R AA N AA N AA
        רק	W AA K|R AA K
        שאלה	SH EY EY L AA
        שבע	SH EY V AA
        שירה	SH IY W AA|SH IY R AA
        שישה	SH IY SH AA
        שישי	SH IY SH IY
        שיתקשרו	SH EY Y IY T K AA SH W UW|SH IY T K AA SH W UW|SH EY Y IY T K AA SH R UW|SH IY T K AA SH R UW
        שכירות	S K IY W UW T|S HH IY R UW T
        שלוש	SH AA L OW SH
        שלושה	SH L OW SH AA
        שלי	SH EY L IY
        שלישי	SH L IY SH IY
        שמי	SH M IY
        שמעתי	SH AA M AA T IY
        שני	SH EY N IY|SH N EY
        שניים	SH N AY M|SH N AY IY M|SH N AA IY M
        שרה	S AA W AA|S AA R AA
        שש	SH EY SH
        שתיים	SH T AY M|SH T AY IY M|SH T AA IY M
        שתים	SH T EY M
        תודה	T OW D AA
        תחזרו	T AA K Z EY W UW|T AA K AA Z W UW|T AA HH Z EY R UW|T AA HH AA Z R UW
        תל	T EY L
        תמר	T AA M AA W|T AA M AA R
        תשע	T EY SH AA
        תתקשרו	T IY T K AA SH W UW|T IY T K AA SH R UW
        אזורים	EY Z OW W IY M|EY Z OW R IY M
        אחרי	AA K AA W EY|AA HH AA R EY
        אליך	EY L EY K AA|EY L EY HH AA
        אלייך	EY L AY K|EY L AY IY K|EY L AA IY HH
        אליכם	AA L EY K EY M|AA L EY HH EY M
        דירות	D IY W OW T|D IY R OW T
        חדרי	K AA D W EY|HH AA D R EY
        עד	AA D
        צריכה	T S W IY K AA|T S R IY HH AA
        אפס	EY F EY S
        שניה	SH N IY Y AA
        שתי	SH T EY
        ארבעת	AA W B AA AA T|AA R B AA AA T
        שמונה	SH M OW N EY
        תשעה	T IY SH AA
        שבעה	SH IY V AA
        עשרים	EY S W IY M|EY S R IY M
        שלושים	SH L OW SH IY M
        ארבעים	AA W B AA IY M|AA R B AA IY M
        חמישים	K AA M IY SH IY M|HH AA M IY SH IY M
        שישים	SH IY SH IY M
        שבעים	SH IY V IY M
        שמונים	SH M OW N IY M
        תשעים	T IY SH IY M
        מאה	M EY AA
        מאות	M EY OW T
        מאתיים	M AA T AY M|M AA T AY IY M|M AA T AA IY M
        אלף	EY L EY F
        אלפיים	AA L P AY M|AA L P AY IY M|AA L P AA IY M
        אלפים	AA L AA F IY M
        מיליון	M IY L Y OW N
        מיליונים	M IY L Y OW N IY M
        חצי	K EY T S IY|HH EY T S IY
        רבע	W EY V AA|R EY V AA
        ורבע	V AA W EY V AA|V AA R EY V AA
        דקה	D AA K AA
        דקות	D AA K OW T
        ראשונה	W IY SH OW N AA|R IY SH OW N AA
        שנייה	SH N IY Y AA
        שלישית	SH L IY SH IY T
        רביעית	W EY V IY IY T|R EY V IY IY T
        שקל	SH EY K EY L
        שקלים	SH K AA L IY M
        שקלי	SH IY K L EY
        אחוז	AA K UW Z|AA HH UW Z
        אחוזים	AA K UW Z IY M|AA HH UW Z IY M
        מטר	M EY T EY W|M EY T EY R
        מטרים	M EY T W IY M|M EY T R IY M
        פעמיים	P AA AA M AY M|P AA AA M AY IY M|P AA AA M AA IY M
        פעמים	P EY AA M IY M
        אחדים	AA K AA D IY M|AA HH AA D IY M
        כמה	K AA M AA
        שבת	SH AA B AA T
        בשבת	B EY SH AA B AA T
        שבוע	SH AA V UW AA
        השבוע	HH AA SH AA V UW AA
        בשבוע	B EY SH AA V UW AA
        הבא	HH AA B AA
        הבאה	HH AA B AA AA
        הקרובה	HH AA K W OW V AA|HH AA K R OW V AA
        אתמול	EY T M OW L
        ינואר	Y AA N UW AA W|Y AA N UW AA R
        פברואר	F EY B W UW AA W|F EY B R UW AA R
        מרץ	M EY W T S|M EY R T S
        אפריל	AA P W IY L|AA P R IY L
        מאי	M AY|M AY IY|M AA IY
        יוני	Y UW N IY
        יולי	Y UW L IY
        אוגוסט	OW G UW S T
        ספטמבר	S EY P T EY M B EY W|S EY P T EY M B EY R
        אוקטובר	OW K T OW B EY W|OW K T OW B EY R
        נובמבר	N OW V EY M B EY W|N OW V EY M B EY R
        דצמבר	D EY T S EY M B EY W|D EY T S EY M B EY R
        בוקר	B OW K EY W|B OW K EY R
        הבוקר	HH AA B OW K EY W|HH AA B OW K EY R
        צהריים	T S OW HH OW W AY M|T S OW HH OW W AY IY M|T S OW HH OW R AA IY M
        ערב	EY W EY V|EY R EY V
        הערב	HH AA EY W EY V|HH AA EY R EY V
        לילה	L AY L AA|L AY IY L AA|L AA IY L AA
        הלילה	HH AA L AY L AA|HH AA L AY IY L AA|HH AA L AA IY L AA
        בלילה	B AA L AY L AA|B AA L AY IY L AA|B AA L AA IY L AA
        לפני	L IY F N EY
        בין	B EY N
        לבין	L EY V EY N
        שעה	SH AA AA
        שעות	SH AA OW T
        בשעות	B IY SH OW T
        לשעה	L EY SH AA AA
        תאריך	T AA AA W IY K|T AA AA R IY HH
        מועד	M OW EY D
        המועד	HH AA M OW EY D
        מוקדם	M UW K D AA M
        מאוחר	M EY UW K AA W|M EY UW HH AA R
        ימים	Y AA M IY M
        ימי	Y EY M EY
        חודש	K OW D EY SH|HH OW D EY SH
        שנה	SH AA N AA
        דחוף	D AA K UW F|D AA HH UW F
        מיד	M IY Y AA D
        כרגע	K AA W EY G AA|K AA R EY G AA
        רגע	W EY G AA|R EY G AA
        עכשו	AA K SH AA V|AA HH SH AA V
        תמיד	T AA M IY D
        אילת	EY L AA T
        עפולה	AA F UW L AA
        חדרה	K AA D EY W AA|HH AA D EY R AA
        לוד	L OW D
        רמלה	W AA M L AA|R AA M L AA
        יבנה	Y AA V N EY
        אשקלון	AA SH K EY L OW N
        נהריה	N AA HH AA W IY Y AA|N AA HH AA R IY Y AA
        עכו	AA K OW
        טבריה	T V EY W Y AA|T V EY R Y AA
        צפת	T S F AA T
        מודיעין	M OW D IY IY N
        רחובות	W EY K OW V OW T|R EY HH OW V OW T
        בקריית	B EY K IY W Y AA T|B EY K IY R Y AA T
        קריית	K IY W Y AA T|K IY R Y AA T
        נצרת	N AA T S EY W EY T|N AA T S EY R EY T
        כרמיאל	K AA W M IY EY L|K AA R M IY EY L
        יפו	Y AA F OW
        העין	HH AA AA Y IY N
        ציון	T S IY Y OW N
        כפר	K F AA W|K F AA R
        פתח	P EY T AA K|P EY T AA HH
        תקווה	T IY K V AA
        הוד	HH OW D
        השרון	HH AA SH AA W OW N|HH AA SH AA R OW N
        מרכז	M EY W K AA Z|M EY R K AA Z
        צפון	T S AA F OW N
        דרום	D AA W OW M|D AA R OW M
        """#
}

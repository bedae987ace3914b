/// How Hebrew words sound in the phones of the recogniser's English acoustic model (CMU phones, no stress marks).
///
/// One word per line: the word, a tab, its pronunciations separated by `|`, phones separated by single spaces.
enum RecogniserLexiconData {
    static let parts = [first, second, third]

    static let first = #"""
        אבי	AA V IY
        אביב	AA V IY V
        אברהם	AA V R AA HH AA M|AA V R AA AA M
        אוקיי	OW K EH Y|OW K EY
        אורי	UW R IY
        אורלי	OW R L IY
        אזור	EH Z OW R
        אחד	EH HH AA D
        אחר	AA HH AA R
        אחת	AA HH AA T
        אין	EY N|EH N
        איתי	IY T AY
        אלי	EH L IY
        אליי	EH L AY
        אמיר	AA M IY R
        אמרת	AA M AA R T AA
        אני	AA N IY
        אסתר	EH S T EH R
        אפשר	EH F SH AA R
        ארבע	AA R B AA
        ארבעה	AA R B AA AA
        אשדוד	AA SH D OW D
        אשמח	EH S M AA HH
        את	EH T
        באזור	B EH EH Z OW R
        באחת	B EH AA HH AA T
        באר	B EH EH R
        בארבע	B EH AA R B AA
        באשדוד	B EH AA SH D OW D
        בבאר	B EH B EH EH R
        בבוקר	B AA B OW K EH R
        בבקשה	B EH V AA K AA SH AA|B EH V AA K SH AA
        בבת	B EH B AA T
        בגבעתיים	B EH G IY V AA T AY M
        בדיוק	B EH D IY Y UW K
        בהרצליה	B EH HH EH R T S EH L IY Y AA|B EH HH EH R T S L IY Y AA
        בחולון	B EH HH OW L OW N
        בחיפה	B EH HH EY F AA
        בחמש	B EH HH AA M EH SH
        בטח	B EH T AA HH
        ביום	B EH Y OW M|B Y OW M
        ביי	B AY
        בירושלים	B IY R UW SH AA L AY M|B EY R UW SH AA L AY M
        בנתניה	B EH N EH T AA N Y AA|B EH N AA T AA N IY Y AA
        בסדר	B EH S EH D EH R
        בערב	B AA EH R EH V
        בעשר	B EH EH S EH R
        בצהריים	B AA T S OW HH OW R AY M|B AA T S OW R AY M
        ברמת	B EH R AA M AA T
        ברעננה	B EH R AA AA N AA N AA|B EH R AA N AA N AA
        בשבע	B EH SH EH V AA
        בשכירות	B IY S HH IY R UW T
        בשלוש	B EH SH AA L OW SH
        בשעה	B EH SH AA AA
        בשש	B EH SH EH SH
        בשתיים	B EH SH T AY M
        בשתים	B EH SH T EY M
        בת	B AA T
        בתל	B EH T EH L
        בתשע	B EH T EH SH AA
        גבעתיים	G IY V AA T AY M
        גיא	G AY
        גמור	G AA M UW R
        גן	G AA N
        דוד	D AA V IY D
        דירה	D IY R AA
        דירת	D IY R AA T
        דנה	D AA N AA
        דניאל	D AA N IY EH L
        הבנתי	HH EH V AA N T IY|EH V AA N T IY
        הדירה	HH AA D IY R AA
        הוא	HH UW
        החדרים	HH AA HH AA D AA R IY M
        היום	HH AA Y OW M|AA Y OW M
        הכל	HH AA K OW L
        העיר	HH AA IY R|HH AY R
        הצהריים	HH AA T S OW HH OW R AY M|HH AA T S OW R AY M
        הקרוב	HH AA K AA R OW V
        הרצליה	HH EH R T S EH L IY Y AA|HH EH R T S L IY Y AA
        השכרה	HH AA S K AA R AA|AA S K AA R AA
        השם	HH AA SH EH M|AA SH EH M
        השעה	HH AA SH AA AA
        התאריך	HH AA T AA AA R IY HH|HH AA T AA R IY HH
        וחצי	V AA HH EH T S IY|V EH HH EH T S IY
        ולהתראות	V EH L EH HH IY T R AA OW T|V EH L IY T R AA OW T
        זה	Z EH
        זו	Z OW|Z UW
        חדר	HH EH D EH R
        חדרים	HH AA D AA R IY M
        חולון	HH OW L OW N
        חיים	HH AY M
        חיפה	HH EY F AA
        חמישה	HH AA M IY SH AA
        חמישי	HH AA M IY SH IY
        חמש	HH AA M EH SH
        טוב	T OW V
        טל	T AA L
        טעות	T AA UW T
        יום	Y OW M
        יונתן	Y OW N AA T AA N
        יוסי	Y OW S IY
        ים	Y AA M
        יעל	Y AA EH L
        יעקב	Y AA AA K OW V
        יצחק	Y IY T S HH AA K|IY T S HH AA K
        ירושלים	Y EH R UW SH AA L AY M
        יש	Y EH SH
        כן	K EH N
        לא	L OW
        להשכיר	L EH HH AA S K IY R|L EH AA S K IY R
        להשכרה	L EH HH AA S K AA R AA|L EH AA S K AA R AA
        להתראות	L EH HH IY T R AA OW T|L EY T R AA OW T
        לחזור	L AA HH Z OW R
        לי	L IY
        ליאת	L IY AA T
        למכור	L IY M K OW R
        למכירה	L IY M HH IY R AA|L EH M EH HH IY R AA
        לקנות	L IY K N OW T
        לקנייה	L IY K N IY Y AA
        לרכוש	L IY R K OW SH
        לשכור	L IY S K OW R
        לשנות	L EH SH AA N OW T
        לתקן	L EH T AA K EH N
        מאיה	M AA Y AA
        מאשר	M EH AA SH EH R
        מאשרת	M EH AA SH EH R EH T
        מדבר	M EH D AA B EH R
        מדברת	M EH D AA B EH R EH T
        מה	M AA
        מוכר	M OW HH EH R
        מוכרת	M OW HH EH R EH T
        מחפש	M EH HH AA P EH S
        מחפשת	M EH HH AA P EH S EH T
        מחר	M AA HH AA R
        מחרתיים	M AA HH AA R AA T AY M|M OW HH OW R AA T AY M
        מיכל	M IY HH AA L
        מכירה	M EH HH IY R AA
        ממש	M AA M AA SH
        מספר	M IY S P AA R
        מעוניין	M EH UW N Y AA N
        מעוניינת	M EH UW N Y EH N EH T
        מרים	M IY R Y AA M
        משה	M OW SH EH
        נועה	N OW AA
        נועם	N OW AA M
        נכון	N AA HH OW N
        נכונה	N EH HH OW N AA
        נתניה	N EH T AA N Y AA|N AA T AA N IY Y AA
        סליחה	S L IY HH AA
        עוד	OW D
        עומר	OW M EH R
        עידו	IY D OW
        עכשיו	AA HH SH AA V
        על	AA L
        עם	IY M
        עשר	EH S EH R
        עשרה	EH S R EH
        פגישה	P G IY SH AA
        פעם	P AA AA M
        צורך	T S OW R EH HH
        צריך	T S AA R IY HH
        קוראים	K OW R IY M
        קנייה	K N IY Y AA
        ראשון	R IY SH OW N
        רבה	R AA B AA
        רביעי	R EH V IY IY
        רון	R OW N
        רונית	R OW N IY T
        רוצה	R OW T S EH
        רותי	R UW T IY
        רחל	R AA HH EH L
        רמת	R AA M AA T
        רעננה	R AA AA N AA N AA|R AA N AA N AA
        רק	R AA K
        שאלה	SH EH EH L AA
        שבע	SH EH V AA
        שירה	SH IY R AA
        שישה	SH IY SH AA
        שישי	SH IY SH IY
        שיתקשרו	SH EH Y IY T K AA SH R UW|SH IY T K AA SH R UW
        שכירות	S HH IY R UW T
        שלוש	SH AA L OW SH
        שלושה	SH L OW SH AA
        שלי	SH EH L IY
        שלישי	SH L IY SH IY
        שמי	SH M IY
        שמעתי	SH AA M AA T IY
        שני	SH EH N IY|SH N EY|SH N EH
        שניים	SH N AY M
        שרה	S AA R AA
        שש	SH EH SH
        שתיים	SH T AY M
        שתים	SH T EY M
        תודה	T OW D AA
        תחזרו	T AA HH Z EH R UW|T AA HH AA Z R UW
        תל	T EH L
        תמר	T AA M AA R
        תשע	T EH SH AA
        תתקשרו	T IY T K AA SH R UW
        אזורים	EH Z OW R IY M
        אחרי	AA HH AA R EY|AA HH AA R EH
        אליך	EH L EH HH AA
        אלייך	EH L AY HH
        אליכם	AA L EY HH EH M
        דירות	D IY R OW T
        חדרי	HH AA D R EY
        עד	AA D
        צריכה	T S R IY HH AA
        אפס	EH F EH S
        שניה	SH N IY Y AA
        שתי	SH T EY
        ארבעת	AA R B AA AA T
        שמונה	SH M OW N EH
        תשעה	T IY SH AA
        שבעה	SH IY V AA
        עשרים	EH S R IY M
        שלושים	SH L OW SH IY M
        ארבעים	AA R B AA IY M
        חמישים	HH AA M IY SH IY M
        שישים	SH IY SH IY M
        שבעים	SH IY V IY M
        שמונים	SH M OW N IY M
        תשעים	T IY SH IY M
        מאה	M EH AA
        מאות	M EH OW T
        מאתיים	M AA T AY M
        אלף	EH L EH F
        אלפיים	AA L P AY M
        אלפים	AA L AA F IY M
        מיליון	M IY L Y OW N
        מיליונים	M IY L Y OW N IY M
        חצי	HH EH T S IY
        רבע	R EH V AA
        ורבע	V AA R EH V AA
        דקה	D AA K AA
        דקות	D AA K OW T
        ראשונה	R IY SH OW N AA
        שנייה	SH N IY Y AA
        שלישית	SH L IY SH IY T
        רביעית	R EH V IY IY T
        שקל	SH EH K EH L
        שקלים	SH K AA L IY M
        שקלי	SH IY K L EY
        אחוז	AA HH UW Z
        אחוזים	AA HH UW Z IY M
        מטר	M EH T EH R
        מטרים	M EH T R IY M
        פעמיים	P AA AA M AY M
        פעמים	P EH AA M IY M
        אחדים	AA HH AA D IY M
        כמה	K AA M AA
        שבת	SH AA B AA T
        בשבת	B EH SH AA B AA T
        שבוע	SH AA V UW AA
        השבוע	HH AA SH AA V UW AA
        בשבוע	B EH SH AA V UW AA
        הבא	HH AA B AA
        הבאה	HH AA B AA AA
        הקרובה	HH AA K R OW V AA
        אתמול	EH T M OW L
        ינואר	Y AA N UW AA R
        פברואר	F EH B R UW AA R
        מרץ	M EH R T S
        אפריל	AA P R IY L
        מאי	M AY
        יוני	Y UW N IY
        יולי	Y UW L IY
        אוגוסט	OW G UW S T
        ספטמבר	S EH P T EH M B EH R
        אוקטובר	OW K T OW B EH R
        נובמבר	N OW V EH M B EH R
        דצמבר	D EH T S EH M B EH R
        בוקר	B OW K EH R
        הבוקר	HH AA B OW K EH R
        צהריים	T S OW HH OW R AY M
        ערב	EH R EH V
        הערב	HH AA EH R EH V
        לילה	L AY L AA
        הלילה	HH AA L AY L AA
        בלילה	B AA L AY L AA
        לפני	L IY F N EY
        בין	B EY N
        לבין	L EH V EY N
        שעה	SH AA AA
        שעות	SH AA OW T
        בשעות	B IY SH OW T
        לשעה	L EH SH AA AA
        תאריך	T AA AA R IY HH
        מועד	M OW EH D
        המועד	HH AA M OW EH D
        מוקדם	M UW K D AA M
        מאוחר	M EH UW HH AA R
        ימים	Y AA M IY M
        ימי	Y EH M EY
        חודש	HH OW D EH SH
        שנה	SH AA N AA
        דחוף	D AA HH UW F
        מיד	M IY Y AA D
        כרגע	K AA R EH G AA
        רגע	R EH G AA
        עכשו	AA HH SH AA V
        תמיד	T AA M IY D
        אילת	EY L AA T
        עפולה	AA F UW L AA
        חדרה	HH AA D EH R AA
        לוד	L OW D
        רמלה	R AA M L AA
        יבנה	Y AA V N EH
        אשקלון	AA SH K EH L OW N
        נהריה	N AA HH AA R IY Y AA
        עכו	AA K OW
        טבריה	T V EH R Y AA
        צפת	T S F AA T
        מודיעין	M OW D IY IY N
        רחובות	R EH HH OW V OW T
        בקריית	B EH K IY R Y AA T
        קריית	K IY R Y AA T
        נצרת	N AA T S EH R EH T
        כרמיאל	K AA R M IY EH L
        יפו	Y AA F OW
        העין	HH AA AA Y IY N
        ציון	T S IY Y OW N
        כפר	K F AA R
        פתח	P EH T AA HH
        תקווה	T IY K V AA
        הוד	HH OW D
        השרון	HH AA SH AA R OW N
        מרכז	M EH R K AA Z
        צפון	T S AA F OW N
        דרום	D AA R OW M
        """#
}

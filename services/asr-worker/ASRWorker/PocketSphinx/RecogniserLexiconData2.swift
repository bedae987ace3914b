/// Continues ``RecogniserLexiconData``.
extension RecogniserLexiconData {
    static let second = #"""
        ישראל	Y IY S W AA EY L|Y IY S R AA EY L
        עיר	IY W|IY R
        ערים	AA W IY M|AA R IY M
        שכונה	SH K UW N AA|SH HH UW N AA
        שכונת	SH K UW N AA T|SH HH UW N AA T
        רחוב	W EY K OW V|R EY HH OW V
        ברחוב	B IY W K OW V|B IY R HH OW V
        שדרות	S D EY W OW T|S D EY R OW T
        כתובת	K T OW V EY T
        הכתובת	HH AA K T OW V EY T
        בית	B AY T|B AY IY T|B AA IY T
        הבית	HH AA B AY T|HH AA B AY IY T|HH AA B AA IY T
        קומה	K OW M AA
        כניסה	K N IY S AA
        אהרון	AA HH AA W OW N|AA HH AA R OW N
        אילן	IY L AA N
        אילנה	IY L AA N AA
        אופיר	OW F IY W|OW F IY R
        אורית	OW W IY T|OW R IY T
        איריס	IY W IY S|IY R IY S
        אלון	AA L OW N
        אלעד	EY L AA D
        אמנון	AA M N OW N
        אסף	AA S AA F
        אריאל	AA W IY EY L|AA R IY EY L
        אריה	AA W Y EY|AA R Y EY
        בני	B EY N IY
        ברק	B AA W AA K|B AA R AA K
        גדעון	G IY D OW N
        גיל	G IY L
        גילה	G IY L AA
        גלית	G AA L IY T
        גל	G AA L
        דבורה	D V OW W AA|D V OW R AA
        דורון	D OW W OW N|D OW R OW N
        דורית	D OW W IY T|D OW R IY T
        דן	D AA N
        דני	D AA N IY
        דליה	D AA L Y AA
        הדר	HH AA D AA W|HH AA D AA R
        הילה	HH IY L AA
        זאב	Z EY EY V
        חנה	K AA N AA|HH AA N AA
        חן	K EY N|HH EY N
        טלי	T AA L IY
        יאיר	Y AA IY W|Y AA IY R
        יהודה	Y EY HH UW D AA
        יהונתן	Y EY HH OW N AA T AA N
        יוסף	Y OW S EY F
        ינון	Y IY N OW N
        ירון	Y AA W OW N|Y AA R OW N
        ישי	Y IY SH AY|Y IY SH AY IY|Y IY SH AA IY
        כרמל	K AA W M EY L|K AA R M EY L
        לאה	L EY AA
        ליאור	L IY OW W|L IY OW R
        לימור	L IY M OW W|L IY M OW R
        לירון	L IY W OW N|L IY R OW N
        מאיר	M EY IY W|M EY IY R
        מור	M OW W|M OW R
        מורן	M OW W AA N|M OW R AA N
        מתן	M AA T AA N
        נדב	N AA D AA V
        נטע	N EY T AA
        ניר	N IY W|N IY R
        נעמה	N AA AA M AA
        נעמי	N OW OW M IY
        נתן	N AA T AA N
        סיגל	S IY G AA L
        סמדר	S M AA D AA W|S M AA D AA R
        עדי	AA D IY
        עדן	EY D EY N
        עופר	OW F EY W|OW F EY R
        ענת	AA N AA T
        עמית	AA M IY T
        ערן	EY W AA N|EY R AA N
        פנינה	P N IY N AA
        צבי	T S V IY
        צחי	T S AA K IY|T S AA HH IY
        קרן	K EY W EY N|K EY R EY N
        רבקה	W IY V K AA|R IY V K AA
        רוני	W OW N IY|R OW N IY
        רועי	W OW IY|R OW IY
        רות	W UW T|R UW T
        רינה	W IY N AA|R IY N AA
        רן	W AA N|R AA N
        שחר	SH AA K AA W|SH AA HH AA R
        שי	SH AY|SH AY IY|SH AA IY
        שלומי	SH L OW M IY
        שלמה	SH L OW M OW
        שמעון	SH IY M OW N
        שמואל	SH M UW EY L
        שרון	SH AA W OW N|SH AA R OW N
        לוי	L EY V IY
        כהן	K OW HH EY N
        מזרחי	M IY Z W AA K IY|M IY Z R AA HH IY
        פרץ	P EY W EY T S|P EY R EY T S
        של	SH EY L
        שלך	SH EY L K AA|SH EY L HH AA
        שלכם	SH EY L AA K EY M|SH EY L AA HH EY M
        שלנו	SH EY L AA N UW
        שלו	SH EY L OW
        שלה	SH EY L AA
        אנחנו	AA N AA K N UW|AA N AA HH N UW
        אתה	AA T AA
        אתם	AA T EY M
        היא	HH IY
        הם	HH EY M
        לך	L EY K AA|L EY HH AA
        לכם	L AA K EY M|L AA HH EY M
        לנו	L AA N UW
        לו	L OW
        לה	L AA
        להם	L AA HH EY M
        אותך	OW T K AA|OW T HH AA
        אותו	OW T OW
        אותה	OW T AA
        אותי	OW T IY
        אותנו	OW T AA N UW
        אתכם	EY T K EY M|EY T HH EY M
        איתך	IY T K AA|IY T HH AA
        איתנו	IY T AA N UW
        איתכם	IY T K EY M|IY T HH EY M
        איתו	IY T OW
        איתה	IY T AA
        בו	B OW
        בה	B AA
        לזה	L EY Z EY
        בזה	B EY Z EY
        הזה	HH AA Z EY
        הזאת	HH AA Z OW T
        זאת	Z OW T
        אלה	EY L EY
        כאן	K AA N
        פה	P OW
        שם	SH EY M
        גם	G AA M
        או	OW
        אם	IY M
        כי	K IY
        אבל	AA V AA L
        אז	AA Z
        כבר	K V AA W|K V AA R
        מאוד	M EY OW D
        יותר	Y OW T EY W|Y OW T EY R
        פחות	P AA K OW T|P AA HH OW T
        לפחות	L EY F AA K OW T|L EY F AA HH OW T
        אולי	UW L AY|UW L AY IY|UW L AA IY
        איך	EY K|EY HH
        איפה	EY F OW
        מתי	M AA T AY|M AA T AY IY|M AA T AA IY
        מי	M IY
        למה	L AA M AA
        איזה	EY Z EY
        איזו	EY Z OW
        באיזה	B EY EY Z EY
        באיזו	B EY EY Z OW
        לאיזה	L EY EY Z EY
        לאיזו	L EY EY Z OW
        במה	B AA M EY
        לכמה	L EY K AA M AA
        כל	K OW L
        בכל	B EY K OW L|B EY HH OW L
        לכל	L EY K OW L|L EY HH OW L
        כולם	K UW L AA M
        עדיין	AA D AY N|AA D AY IY N|AA D AA IY N
        כדי	K EY D EY
        לפי	L EY F IY
        בלי	B L IY
        מול	M UW L
        אצל	EY T S EY L
        ועד	V EY AA D
        ועוד	V EY OW D
        וגם	V EY G AA M
        האם	HH AA IY M
        ולא	V EY L OW
        וכן	V EY K EY N|V EY HH EY N
        שאני	SH EY AA N IY
        שאנחנו	SH EY AA N AA K N UW|SH EY AA N AA HH N UW
        שלא	SH EY L OW
        שיש	SH EY Y EY SH
        מאז	M EY AA Z
        הייתי	HH AA Y IY T IY
        היה	HH AA Y AA
        היתה	HH AA Y T AA
        הייתה	HH AA Y T AA
        יהיה	Y IY HH Y EY
        תהיה	T IY HH Y EY
        להיות	L IY HH Y OW T
        שלום	SH AA L OW M
        היי	HH AY|HH AY IY|HH AA IY
        ברוכים	B W UW K IY M|B R UW HH IY M
        הבאים	HH AA B AA IY M
        הגעתם	HH IY G AA T EY M
        הגעת	HH IY G AA T AA
        מדברים	M EY D AA B W IY M|M EY D AA B R IY M
        לדבר	L EY D AA B EY W|L EY D AA B EY R
        שמחים	S M EY K IY M|S M EY HH IY M
        נשמח	N IY S M AA K|N IY S M AA HH
        לעזור	L AA AA Z OW W|L AA AA Z OW R
        אעזור	EY EY Z OW W|EY EY Z OW R
        עזרה	EY Z W AA|EY Z R AA
        לשמוע	L IY SH M OW AA
        שומע	SH OW M EY AA
        שומעת	SH OW M AA AA T
        שמע	SH EY M AA
        מבין	M EY V IY N
        מבינה	M EY V IY N AA
        הבין	HH EY V IY N
        הבנו	HH EY V AA N UW
        מצטער	M IY T S T AA EY W|M IY T S T AA EY R
        מצטערת	M IY T S T AA EY W EY T|M IY T S T AA EY R EY T
        מצטערים	M IY T S T AA AA W IY M|M IY T S T AA AA R IY M
        תגיד	T AA G IY D
        תגידו	T AA G IY D UW
        תגידי	T AA G IY D IY
        אמרו	IY M W UW|IY M R UW
        אמור	EY M OW W|EY M OW R
        אומר	OW M EY W|OW M EY R
        לומר	L OW M AA W|L OW M AA R
        להגיד	L EY HH AA G IY D
        אחזור	EY K Z OW W|EY HH Z OW R
        נחזור	N AA K Z OW W|N AA HH Z OW R
        חזור	K AA Z OW W|HH AA Z OW R
        שוב	SH UW V
        חוזר	K OW Z EY W|HH OW Z EY R
        חוזרת	K OW Z EY W EY T|HH OW Z EY R EY T
        חוזרים	K OW Z W IY M|HH OW Z R IY M
        יחזור	Y AA K Z OW W|Y AA HH Z OW R
        יחזרו	Y AA K Z EY W UW|Y AA HH Z EY R UW
        תחזור	T AA K Z OW W|T AA HH Z OW R
        להקיש	L EY HH AA K IY SH
        הקישו	HH AA K IY SH UW
        הקש	HH AA K EY SH
        הקישי	HH AA K IY SH IY
        כוכבית	K OW K AA V IY T|K OW HH AA V IY T
        סולמית	S UW L AA M IY T
        מקש	M AA K AA SH
        ספרה	S IY F W AA|S IY F R AA
        ספרות	S F AA W OW T|S F AA R OW T
        צליל	T S L IY L
        להשאיר	L EY HH AA SH IY W|L EY HH AA SH IY R
        השאירו	HH AA SH IY W UW|HH AA SH IY R UW
        תשאיר	T AA SH IY W|T AA SH IY R
        הודעה	HH OW D AA AA
        ההודעה	HH AA HH OW D AA AA
        להמתין	L EY HH AA M T IY N
        המתינו	HH AA M T IY N UW
        המתן	HH AA M T EY N
        ממתין	M AA M T IY N
        ממתינים	M AA M T IY N IY M
        מעביר	M AA AA V IY W|M AA AA V IY R
        מעבירה	M AA AA V IY W AA|M AA AA V IY R AA
        מעבירים	M AA AA V IY W IY M|M AA AA V IY R IY M
        להעביר	L EY HH AA AA V IY W|L EY HH AA AA V IY R
        אעביר	AA AA V IY W|AA AA V IY R
        נציג	N AA T S IY G
        נציגה	N EY T S IY G AA
        לנציג	L EY N AA T S IY G
        נציגים	N EY T S IY G IY M
        סוכן	S OW K EY N|S OW HH EY N
        סוכנת	S OW K EY N EY T|S OW HH EY N EY T
        סוכני	S OW K N EY|S OW HH N EY
        הסוכן	HH AA S OW K EY N|HH AA S OW HH EY N
        הסוכנת	HH AA S OW K EY N EY T|HH AA S OW HH EY N EY T
        סוכנות	S OW K N UW T|S OW HH N UW T
        משרד	M IY S W AA D|M IY S R AA D
        המשרד	HH AA M IY S W AA D|HH AA M IY S R AA D
        משרדנו	M IY S W AA D EY N UW|M IY S R AA D EY N UW
        מתווך	M EY T AA V EY K|M EY T AA V EY HH
        תיווך	T IY V UW K|T IY V UW HH
        נדלן	N AA D L AA N
        נדל"ן	N AA D L AA N
        נכס	N EY K EY S|N EY HH EY S
        הנכס	HH AA N EY K EY S|HH AA N EY HH EY S
        נכסים	N EY K AA S IY M|N EY HH AA S IY M
        מוכרים	M OW K W IY M|M OW HH R IY M
        קונה	K OW N EY
        קונים	K OW N IY M
        שוכר	S OW K EY W|S OW HH EY R
        משכיר	M AA S K IY W|M AA S K IY R
        קניית	K N IY Y AA T
        מכירת	M EY K IY W AA T|M EY HH IY R AA T
        שכירת	S K IY W AA T|S HH IY R AA T
        השכרת	HH AA S K AA W AA T|HH AA S K AA R AA T
        לשכירות	L IY S K IY W UW T|L IY S HH IY R UW T
        להשכרת	L EY HH AA S K AA W AA T|L EY HH AA S K AA R AA T
        משכירים	M AA S K IY W IY M|M AA S K IY R IY M
        מחיר	M EY K IY W|M EY HH IY R
        המחיר	HH AA M EY K IY W|HH AA M EY HH IY R
        תקציב	T AA K T S IY V
        התקציב	HH AA T AA K T S IY V
        עלות	AA L UW T
        שכר	S K AA W|S HH AA R
        דמי	D M EY
        תשלום	T AA SH L UW M
        מרפסת	M IY W P EY S EY T|M IY R P EY S EY T
        חניה	K AA N AA Y AA|HH AA N AA Y AA
        חנייה	K AA N AA Y AA|HH AA N AA Y AA
        מעלית	M AA AA L IY T
        מחסן	M AA K S AA N|M AA HH S AA N
        ממד	M AA M AA D
        ממ"ד	M AA M AA D
        גינה	G IY N AA
        מרוהטת	M EY W UW HH EY T EY T|M EY R UW HH EY T EY T
        משופצת	M EY SH UW P EY T S EY T
        גדולה	G D OW L AA
        קטנה	K T AA N AA
        חדשה	K AA D AA SH AA|HH AA D AA SH AA
        חדש	K AA D AA SH|HH AA D AA SH
        פנטהאוז	P EY N T HH AA UW Z
        ראשי	W AA SH IY|R AA SH IY
        הפגישה	HH AA P G IY SH AA
        פגישות	P G IY SH OW T
        לפגישה	L IY F G IY SH AA
        פגישת	P G IY SH AA T
        ביקור	B IY K UW W|B IY K UW R
        סיור	S IY Y UW W|S IY Y UW R
        תור	T OW W|T OW R
        התור	HH AA T OW W|HH AA T OW R
        לקבוע	L IY K B OW AA
        קבענו	K AA V AA N UW
        אקבע	EY K B AA
        נקבע	N IY K B AA
        נקבעה	N IY K B EY AA
        קבעתי	K AA V AA T IY
        קבועה	K V UW AA
        לבטל	L EY V AA T EY L
        בוטלה	B UW T L AA
        ביטול	B IY T UW L
        להזמין	L EY HH AA Z M IY N
        """#
}

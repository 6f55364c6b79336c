# Help center and demo pages, read by customers.
help-of = { $tenant } help center
help-title = How can we help?
help-search = Search for an answer
help-articles = Articles
help-all = All articles
help-found = { $n ->
    [0] Nothing found for “{ $q }”.
    [one] 1 article for “{ $q }”.
   *[other] { $n } articles for “{ $q }”.
  }
help-nothing-title = No article answers this yet
help-nothing-text = Try other words, or ask us: we are glad to help.
help-none-title = No articles yet
help-none-text = Ask us, we are glad to help.
help-more-title = Did not find an answer?
help-more-text = Ask us in the chat. A bot answers at once, a person when you want one.
help-ask = Ask us
help-others = More articles
helped-question = Did this help?
helped-yes = Good to hear. Thank you for telling us.
helped-no = Sorry about that. Ask us, and we will sort it out together.

demo-bar = A demo page: an invented company, with a real chat on it.
demo-console = Open the console
demo-chat = Chat with us
demo-how = How it works
demo-benefits-nav-1 = Benefits
demo-benefits-nav-2 = How it works
demo-benefits-title = A good day at work begins with a good break
demo-benefits-lead = Lunch, sports, culture and commuting on one card. Easy for the employer, yours to enjoy.
demo-benefits-card-1 = For employees
demo-benefits-card-1-text = One card and one app for all benefits, in over 40,000 places.
demo-benefits-card-2 = For employers
demo-benefits-card-2-text = Load benefits for everybody in two minutes. The tax rules are kept for you.
demo-benefits-card-3 = For merchants
demo-benefits-card-3-text = Take payments on your own terminal, settled the next banking day.
demo-benefits-how-1 = Your employer loads your benefits once a month.
demo-benefits-how-2 = Pay with the card or the phone, as with any card.
demo-benefits-how-3 = See your balance and the nearest places in the app.
demo-shop-nav-1 = Shop
demo-shop-nav-2 = Delivery and returns
demo-shop-title = Gear for where the road ends
demo-shop-lead = Tents, packs and clothes that stand the north, tested by the people who sell them.
demo-shop-card-1 = Fast delivery
demo-shop-card-1-text = Ordered before 14, sent the same day. Free over 80 euros.
demo-shop-card-2 = 60 days to return
demo-shop-card-2-text = Try it at home, in peace. Returning costs nothing.
demo-shop-card-3 = Advice from people
demo-shop-card-3-text = Our experts have slept in those tents. Ask them anything.
demo-shop-how-1 = Order online or in the chat.
demo-shop-how-2 = Follow the parcel from your order page.
demo-shop-how-3 = Changed your mind? Print the return label and drop it off.
demo-company-nav-1 = Services
demo-company-nav-2 = How it works
demo-company-title = We are here when you need us
demo-company-lead = Find an answer in the help center, or ask us in the chat.
demo-company-card-1 = Help center
demo-company-card-1-text = Answers to the most common questions, day and night.
demo-company-card-2 = Chat
demo-company-card-2-text = A bot answers at once, a person in opening hours.
demo-company-card-3 = Experts
demo-company-card-3-text = Hard matters reach a specialist, with everything you told us.
demo-company-how-1 = Ask in your own words.
demo-company-how-2 = Get an answer, or a person.
demo-company-how-3 = Come back to the same conversation any time.

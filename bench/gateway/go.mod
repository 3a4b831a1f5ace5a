module aistrale.com/bench

go 1.22

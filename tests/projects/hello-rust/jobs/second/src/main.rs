fn main() {
    println!("the second job");
}

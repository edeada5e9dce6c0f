fn main() {
    println!("the first job");
}
